package observe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sbexport/internal/platform"
)

// search is a look for objects in one folder of a volume.
type search struct {
	id        string // the volume's
	prefix    string // of its keys
	folder    string // empty, or ends in a slash
	locations map[string]struct{}
}

// searches sorts places by the folders they are in. Those on volumes that cannot
// be read are left out: the volume's own refusal stands for them.
func searches(places []platform.Place, volumes map[string]Volume) map[platform.Place]*search {
	all := map[platform.Place]*search{}
	for _, p := range places {
		v := volumes[p.Volume]
		if v.Volume == nil {
			continue
		}
		folder := p.Location[:strings.LastIndexByte(p.Location, '/')+1]
		at := platform.Place{Volume: p.Volume, Location: folder}
		if all[at] == nil {
			all[at] = &search{p.Volume, v.Service.Prefix, folder, map[string]struct{}{}}
		}
		all[at].locations[p.Location] = struct{}{}
	}
	return all
}

func (l *looking) objects(ctx context.Context, s *search) error {
	found, err := s.seek(ctx, l.src)
	hidden, err := split(err)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for location := range s.locations {
		object, told := found[location]
		sighting := Sighting{Object: object}
		if !told {
			sighting.Err = hidden
		}
		l.seen.Objects[platform.Place{Volume: s.id, Location: location}] = sighting
	}
	return nil
}

// few is the number of objects in one folder up to which they are looked at
// one by one, which costs that many requests however full the folder is.
const few = 2

// seek looks for the objects of the folder. One that it does not tell of, or tells
// of as nil, is not there; or was not looked for, after an error.
func (s *search) seek(ctx context.Context, src Source) (map[string]*platform.Object, error) {
	if len(s.locations) > few {
		return s.listed(ctx, src)
	}
	found := map[string]*platform.Object{}
	for location := range s.locations {
		object, err := src.Object(ctx, s.id, location)
		if err != nil {
			return found, fmt.Errorf("looking for %q on volume %s: %w", location, s.id, err)
		}
		found[location] = object
	}
	return found, nil
}

// errEnough ends a listing early.
var errEnough = errors.New("every object was found")

// codeNoLocation is the platform's code for a location that is not there.
const codeNoLocation = 9105

// listed lists the folder until every location was seen or the folder ends. A
// folder that is not there has no objects.
func (s *search) listed(ctx context.Context, src Source) (map[string]*platform.Object, error) {
	forms := s.forms()
	found := map[string]*platform.Object{}
	err := src.Objects(ctx, s.id, s.folder, func(objects []platform.Object) error {
		for _, object := range objects {
			location, wanted := forms[object.Location]
			if wanted && found[location] == nil {
				found[location] = &object
			}
		}
		if len(found) == len(s.locations) {
			return errEnough
		}
		return nil
	})
	refusal := platform.Refusal(err)
	if err != nil && !errors.Is(err, errEnough) && (refusal == nil || refusal.Code != codeNoLocation) {
		return found, fmt.Errorf("listing %q on volume %s: %w", s.folder, s.id, err)
	}
	return found, nil
}

// forms are the ways in which the platform may tell the locations. A location
// that is wanted as it stands wins.
func (s *search) forms() map[string]string {
	forms := make(map[string]string, 3*len(s.locations))
	for location := range s.locations {
		for _, told := range platform.Told(s.prefix, location) {
			forms[told] = location
		}
	}
	for location := range s.locations {
		forms[location] = location
	}
	return forms
}
