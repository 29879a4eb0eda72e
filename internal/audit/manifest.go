package audit

import (
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// Row is an exported file and what the platform says of it.
type Row struct {
	Entry state.Entry
	Key   string         // empty when the volume's prefix is not known
	File  *platform.File // nil when the platform did not show it
}

// AskManifest says what Rows has to know of these entries.
func AskManifest(entries []state.Entry) observe.Question {
	q := observe.Question{Details: true}
	for i := range entries {
		q.Volumes = append(q.Volumes, entries[i].Volume)
		q.Files = append(q.Files, entries[i].File)
	}
	return q
}

// Rows is a row for each entry, in their order.
func Rows(entries []state.Entry, seen *observe.Observed) []Row {
	rows := make([]Row, len(entries))
	for i, e := range entries {
		f := seen.Files[e.File].File
		if f != nil && f.Storage.Alias() && f.Storage.Volume == e.Volume && seen.Volumes[e.Volume].At(f.Storage.Location, e.Location) {
			e.CopyOnly = false // an alias to it has no other bytes, whatever it was at first
		}
		rows[i] = Row{Entry: e, Key: seen.Key(e.Place()), File: f}
	}
	return rows
}
