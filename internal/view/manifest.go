package view

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sbexport/internal/audit"
)

// manifestLine is an exported file as JSON, and what the fields of a table are
// taken from.
type manifestLine struct {
	Path       string         `json:"path"`
	Project    string         `json:"project"`
	Volume     string         `json:"volume"`
	Location   string         `json:"location"`
	Key        string         `json:"key,omitempty"`
	Size       int64          `json:"size"`
	File       string         `json:"file"`
	Mode       string         `json:"mode"`
	State      string         `json:"state"`
	ExportID   string         `json:"export_id,omitempty"`
	FinishedOn time.Time      `json:"finished_on,omitzero"`
	Task       string         `json:"task,omitempty"`
	Tags       []string       `json:"tags"`
	Metadata   map[string]any `json:"metadata"` // a text, or a list where there are several values
}

func newManifestLine(r *audit.Row) manifestLine {
	e := &r.Entry
	line := manifestLine{
		Path: e.Path, Project: e.Project, Volume: e.Volume, Location: e.Location, Key: r.Key, Size: e.Size,
		File: e.File, Mode: "move", State: string(e.State), ExportID: e.ExportID, FinishedOn: e.FinishedOn,
		Tags: []string{}, Metadata: map[string]any{},
	}
	if e.CopyOnly {
		line.Mode = "copy"
	}
	if f := r.File; f != nil {
		line.Task, line.Tags = f.Task, orEmpty(f.Tags)
		for key, values := range f.Metadata {
			if line.Metadata[key] = any(values); len(values) == 1 {
				line.Metadata[key] = values[0]
			}
		}
	}
	return line
}

// ManifestLines writes exported files as JSON Lines, an object each.
func ManifestLines(w io.Writer, rows []audit.Row) error {
	enc := newEncoder(w)
	for i := range rows {
		if err := enc.Encode(newManifestLine(&rows[i])); err != nil {
			return fmt.Errorf("write the manifest: %w", err)
		}
	}
	return nil
}

// manifestColumns are the columns of a manifest before those of the metadata.
var manifestColumns = []string{
	"path", "project", "volume", "location", "key", "size", "file", "mode", "state",
	"export_id", "finished_on", "task", "tags",
}

// fields are the values of manifestColumns.
func (l *manifestLine) fields() []string {
	finished := ""
	if !l.FinishedOn.IsZero() {
		finished = l.FinishedOn.UTC().Format(time.RFC3339)
	}
	return []string{
		l.Path, l.Project, l.Volume, l.Location, l.Key, strconv.FormatInt(l.Size, 10), l.File, l.Mode, l.State,
		l.ExportID, finished, l.Task, strings.Join(l.Tags, ";"),
	}
}

// Manifest writes exported files as a table: a line of column names and a line
// for each file, with a column "metadata.KEY" for every metadata key that one of
// the files has. Several tags or values are joined by ";".
//
// With a comma, the table is CSV by RFC 4180; with a tab, the same with tabs
// between fields and plain line ends. Values are exact: one that a spreadsheet
// would take for a formula stays what it is.
func Manifest(w io.Writer, rows []audit.Row, separator rune) error {
	end := "\n"
	if separator == ',' {
		end = "\r\n"
	}
	out := bufio.NewWriter(w) // its first error stays until it is flushed
	keys := metadataKeys(rows)
	header := slices.Clone(manifestColumns)
	for _, key := range keys {
		header = append(header, "metadata."+key)
	}
	_, _ = out.WriteString(tableRow(header, string(separator), end))
	for i := range rows {
		line := newManifestLine(&rows[i])
		fields := line.fields()
		for _, key := range keys {
			value := ""
			if f := rows[i].File; f != nil {
				value = strings.Join(f.Metadata[key], ";")
			}
			fields = append(fields, value)
		}
		_, _ = out.WriteString(tableRow(fields, string(separator), end))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// tableRow is a row of a table, its end included. The standard library's writer
// changes line ends inside of fields.
func tableRow(fields []string, separator, end string) string {
	for i, f := range fields {
		if strings.ContainsAny(f, separator+"\"\r\n") {
			fields[i] = `"` + strings.ReplaceAll(f, `"`, `""`) + `"`
		}
	}
	return strings.Join(fields, separator) + end
}

// metadataKeys are the metadata keys that any of the files has, sorted.
func metadataKeys(rows []audit.Row) []string {
	keys := map[string][]string{}
	for i := range rows {
		if f := rows[i].File; f != nil {
			maps.Copy(keys, f.Metadata)
		}
	}
	return slices.Sorted(maps.Keys(keys))
}
