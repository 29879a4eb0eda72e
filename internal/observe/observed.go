// Package observe asks the platform what has to be known beyond the files that
// were listed: volumes, this user's export jobs, single files, and objects on
// volumes. It answers a Question with what was seen, asks for each thing once,
// several at a time, and judges nothing.
//
// Packages diff and audit put the questions and judge the answers; they make no
// requests.
package observe

import (
	"slices"
	"strings"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// Question is what has to be looked at. What is in it twice is asked for once, and
// a volume that was seen before is not asked for again.
type Question struct {
	Volumes  []string
	OpenJobs []string // volumes on which this user's open jobs matter, readable or not
	AllJobs  []string // volumes on which this user's jobs in every state matter
	Jobs     []string // IDs of export jobs
	Files    []string // IDs
	Objects  []platform.Place
	// Details asks for all that the platform says of the files, not only for
	// where their bytes are; a hundred thousand files take a lot of memory.
	Details bool
}

// Observed is what was seen of the platform: an answer to everything that was
// asked, except for what is on volumes that cannot be read.
type Observed struct {
	Now     time.Time // on the platform's clock
	Volumes Volumes
	Jobs    Jobs
	Files   map[string]platform.FileResult
	Objects map[platform.Place]Sighting
}

// New is nothing seen yet.
func New(now time.Time) *Observed {
	return &Observed{
		Now:     now,
		Volumes: Volumes{},
		Files:   map[string]platform.FileResult{},
		Objects: map[platform.Place]Sighting{},
	}
}

// Volume is one look at a volume: one of Volume and Err is set, or both.
type Volume struct {
	*platform.Volume
	Err *platform.Error // why it may not be read or, where there is a Volume, its jobs may not be listed
}

// Sighting is one look at a place on a volume.
type Sighting struct {
	Object *platform.Object // nil when there is none, or when nobody knows
	Err    *platform.Error  // why nobody knows: the platform's refusal to show the place
}

// There reports whether an object was seen at a place.
func (o *Observed) There(at platform.Place) bool { return o.Objects[at].Object != nil }

// Gone reports whether it was seen that there is no object at a place.
func (o *Observed) Gone(at platform.Place) bool {
	s, looked := o.Objects[at]
	return looked && s == Sighting{}
}

// Key is the full object key of a place, or empty where the volume's prefix is not
// known.
func (o *Observed) Key(at platform.Place) string { return o.Volumes.Key(at) }

// Show is a place as people are shown it: VOLUME:KEY, as far as the volume's
// prefix is known.
func (o *Observed) Show(at platform.Place) string {
	return change.Place(at.Volume, o.Key(at), at.Location)
}

// ShowTold is Show for a location as the platform tells that of an alias: it may
// be the key already.
func (o *Observed) ShowTold(s platform.Storage) string {
	v := o.Volumes[s.Volume]
	if v.Volume != nil && strings.HasPrefix(s.Location, v.Key("")) {
		return change.Place(s.Volume, s.Location, "")
	}
	return o.Show(platform.Place{Volume: s.Volume, Location: s.Location})
}

// Volumes are volumes by their IDs.
type Volumes map[string]Volume

// Key is the full object key of a place, or empty where the volume's prefix is not
// known.
func (all Volumes) Key(at platform.Place) string {
	if v := all[at.Volume]; v.Volume != nil {
		return v.Key(at.Location)
	}
	return ""
}

// Jobs are this user's export jobs, as far as they were looked at.
type Jobs struct {
	ByFile map[string][]platform.Export
	Asked  map[string]platform.ExportResult // the answers for those that were asked for by their IDs
}

// Add takes in a job. One that was seen before stays as it was seen then: what
// is known of files may be as old.
func (j *Jobs) Add(job platform.Export) {
	if j.ByFile == nil {
		j.ByFile = map[string][]platform.Export{}
	}
	if !slices.ContainsFunc(j.ByFile[job.File], func(old platform.Export) bool { return old.ID == job.ID }) {
		j.ByFile[job.File] = append(j.ByFile[job.File], job)
	}
}

// AddAsked takes in the answer for a job that was asked for by its ID.
func (j *Jobs) AddAsked(id string, result platform.ExportResult) {
	if j.Asked == nil {
		j.Asked = map[string]platform.ExportResult{}
	}
	j.Asked[id] = result
	if result.Export != nil {
		j.Add(*result.Export)
	}
}
