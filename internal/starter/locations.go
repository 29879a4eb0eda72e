package starter

import (
	"strings"

	"sbexport/internal/observe"
	"sbexport/internal/platform"
)

// AskLocations says what SettleLocations has to know. The platform does not say
// whether an alias's location is relative to the volume's prefix or the full key;
// where it begins with the prefix, only the objects tell.
func AskLocations(files []File, volumes map[string]observe.Volume) observe.Question {
	var q observe.Question
	for i := range files {
		f := &files[i]
		if short, either := withoutPrefix(volumes[f.Volume], f.Location); either {
			q.Objects = append(q.Objects, platform.Place{Volume: f.Volume, Location: f.Location}, platform.Place{Volume: f.Volume, Location: short})
		}
	}
	return q
}

// withoutPrefix is a location that was told as the full key, if it may have been.
func withoutPrefix(v observe.Volume, location string) (short string, either bool) {
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
func SettleLocations(files []File, seen *observe.Observed) {
	const relative, full = 1, 2
	forms := map[string]int{} // how the platform told locations, by volume
	var open []int
	for i := range files {
		f := &files[i]
		short, either := withoutPrefix(seen.Volumes[f.Volume], f.Location)
		switch {
		case !either:
		case seen.There(platform.Place{Volume: f.Volume, Location: f.Location}):
			forms[f.Volume] |= relative
		case seen.There(platform.Place{Volume: f.Volume, Location: short}):
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
