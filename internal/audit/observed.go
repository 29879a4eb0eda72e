package audit

import (
	"time"

	"sbexport/internal/diff"
	"sbexport/internal/platform"
)

// Place names a location on a volume.
type Place struct{ Volume, Location string }

// Question is what has to be looked at. Nothing is in it twice.
type Question struct {
	Volumes []string
	Files   []string // IDs
	Jobs    []string // IDs of export jobs
	Objects []Place
	// Details asks for all that the platform says of the files, not only for
	// where their bytes are; a hundred thousand files take a lot of memory.
	Details bool
}

// Observed is what was seen of the platform: an answer to everything that was
// asked, except for objects on volumes that could not be read.
type Observed struct {
	Now     time.Time // on the platform's clock
	Volumes map[string]diff.Volume
	Files   map[string]platform.FileResult
	Jobs    map[string]platform.ExportResult
	Objects map[Place]Sighting
}

// Sighting is one look at a place on a volume.
type Sighting struct {
	There bool
	Size  int64 // bytes; -1 when the provider does not say
	// Err is why nobody knows: the platform's refusal to show the place. The
	// other fields mean nothing then.
	Err *platform.Error
}

// key is the full object key of a location, or empty where the volume's prefix
// is not known.
func (o *Observed) key(p Place) string {
	if v := o.Volumes[p.Volume]; v.Volume != nil {
		return v.Key(p.Location)
	}
	return ""
}

// sight is the look at a place, with the volume's own refusal for places that
// could not be asked for.
func (o *Observed) sight(p Place) Sighting {
	if s, looked := o.Objects[p]; looked {
		return s
	}
	if v := o.Volumes[p.Volume]; v.Err != nil {
		return Sighting{Err: v.Err}
	}
	return Sighting{Err: &platform.Error{Message: "it was not looked at"}}
}
