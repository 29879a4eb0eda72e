package audit

import (
	"slices"
	"time"

	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

const (
	archive = "me/archive" // prefix "cohort"
	hidden  = "me/hidden"  // cannot be read
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func volumes() map[string]observe.Volume {
	return map[string]observe.Volume{
		archive: {Volume: &platform.Volume{ID: archive, Service: platform.Service{Type: platform.S3, Prefix: "cohort"}}},
		hidden:  {Err: &platform.Error{Status: 403, Code: 9020, Message: "No."}},
	}
}

// moved is an entry of a move that ended a day ago.
func moved(file, location string) state.Entry {
	return state.Entry{
		File: file, Project: "me/p", Path: "in/" + file, Size: 100, Volume: archive, Location: location,
		State: platform.Completed, Rule: "r", FinishedOn: now.Add(-24 * time.Hour),
	}
}

func copied(file, location string) state.Entry {
	e := moved(file, location)
	e.CopyOnly = true
	return e
}

func alias(volume, location string) platform.FileResult {
	return platform.FileResult{File: &platform.File{Storage: platform.Storage{Type: platform.OnVolume, Volume: volume, Location: location}}}
}

func stored(t platform.StorageType) platform.FileResult {
	return platform.FileResult{File: &platform.File{Storage: platform.Storage{Type: t}}}
}

func object(size int64) *observe.Sighting {
	return &observe.Sighting{Object: &platform.Object{Size: size}}
}

// once is a question without its repetitions.
func once(q observe.Question) observe.Question {
	q.Volumes, q.Files, q.Jobs, q.Objects = unique(q.Volumes), unique(q.Files), unique(q.Jobs), unique(q.Objects)
	return q
}

func unique[T comparable](list []T) (all []T) {
	for _, item := range list {
		if !slices.Contains(all, item) {
			all = append(all, item)
		}
	}
	return all
}
