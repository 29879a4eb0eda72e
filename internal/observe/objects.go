package observe

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"sbexport/internal/diff"
	"sbexport/internal/platform"
)

// objectSource is what looking for objects needs of the platform; see Source.
type objectSource interface {
	Objects(ctx context.Context, volume, prefix string, yield func([]platform.Object) error) error
	Object(ctx context.Context, volume, location string) (*platform.Object, error)
}

// search is a look for objects in one folder of a volume.
type search struct {
	volume    diff.Volume // which can be read
	folder    folder
	locations map[string]struct{}
}

// few is the number of objects in one folder up to which they are looked at
// one by one, which costs that many requests however full the folder is.
const few = 2

// seek looks for the objects of one folder and tells what became of each
// location: the object, or nil when there is none. After an error some may have
// been told and others not.
func seek(ctx context.Context, src objectSource, s search, tell func(location string, object *platform.Object)) error {
	if len(s.locations) > few {
		return s.listed(ctx, src, tell)
	}
	for location := range s.locations {
		object, err := src.Object(ctx, s.folder.volume, location)
		if err != nil {
			return fmt.Errorf("looking for %q on volume %s: %w", location, s.folder.volume, err)
		}
		tell(location, object)
	}
	return nil
}

// errEnough ends a listing early.
var errEnough = errors.New("every object was found")

// listed lists the folder until every location was seen or the folder ends.
func (s search) listed(ctx context.Context, src objectSource, tell func(string, *platform.Object)) error {
	forms := s.forms()
	left := maps.Clone(s.locations)
	err := src.Objects(ctx, s.folder.volume, s.folder.prefix, func(objects []platform.Object) error {
		for i := range objects {
			location, wanted := forms[objects[i].Location]
			if _, open := left[location]; wanted && open {
				delete(left, location)
				tell(location, &objects[i])
			}
		}
		if len(left) == 0 {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("listing %q on volume %s: %w", s.folder.prefix, s.folder.volume, err)
	}
	for location := range left {
		tell(location, nil)
	}
	return nil
}

// forms are the ways in which the platform may tell the locations. A location
// that is wanted as it stands wins.
func (s search) forms() map[string]string {
	forms := make(map[string]string, 3*len(s.locations))
	for location := range s.locations {
		for _, told := range platform.Told(s.volume.Service.Prefix, location) {
			forms[told] = location
		}
	}
	for location := range s.locations {
		forms[location] = location
	}
	return forms
}
