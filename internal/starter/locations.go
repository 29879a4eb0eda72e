package starter

import (
	"maps"
	"slices"
	"strings"

	"sbexport/internal/audit"
	"sbexport/internal/diff"
)

// AskLocations says what SettleLocations has to know. The platform does not say
// whether an alias's location is relative to the volume's prefix or the full key;
// where it begins with the prefix, only the objects tell.
func AskLocations(files []File, volumes map[string]diff.Volume) audit.Question {
	asked, places := map[string]bool{}, map[audit.Place]bool{}
	for i := range files {
		f := &files[i]
		if short, either := withoutPrefix(volumes[f.Volume], f.Location); either {
			asked[f.Volume] = true
			places[audit.Place{Volume: f.Volume, Location: f.Location}] = true
			places[audit.Place{Volume: f.Volume, Location: short}] = true
		}
	}
	return audit.Question{Volumes: slices.Collect(maps.Keys(asked)), Objects: slices.Collect(maps.Keys(places))}
}

// withoutPrefix is a location that was told as the full key, if it may have been.
func withoutPrefix(v diff.Volume, location string) (short string, either bool) {
	if v.Volume == nil || v.Service.Prefix == "" {
		return "", false
	}
	for _, joined := range []string{v.Key(""), v.Service.Prefix} {
		if short, either = strings.CutPrefix(location, joined); either && short != "" {
			return short, true
		}
	}
	return "", false
}

// SettleLocations makes all locations relative to their volume's prefix. Where no
// object tells, because it is gone or cannot be looked at, the location is read like
// those of the volume's other aliases, and without such as it stands.
func SettleLocations(files []File, seen *audit.Observed) {
	const relative, full = 1, 2
	forms := map[string]int{} // how the platform told locations, by volume
	var open []int
	for i := range files {
		f := &files[i]
		short, either := withoutPrefix(seen.Volumes[f.Volume], f.Location)
		switch {
		case !either:
		case there(seen, audit.Place{Volume: f.Volume, Location: f.Location}):
			forms[f.Volume] |= relative
		case there(seen, audit.Place{Volume: f.Volume, Location: short}):
			forms[f.Volume] |= full
			f.Location = short
		default:
			open = append(open, i)
		}
	}
	for _, i := range open {
		f := &files[i]
		if short, _ := withoutPrefix(seen.Volumes[f.Volume], f.Location); forms[f.Volume] == full {
			f.Location = short
		}
	}
}

// there reports whether an object was seen at a place.
func there(seen *audit.Observed, p audit.Place) bool {
	s, looked := seen.Objects[p]
	return looked && s.Err == nil && s.There
}
