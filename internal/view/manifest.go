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

// manifestColumns are the columns of a manifest before those of the metadata.
var manifestColumns = []string{
	"path", "project", "volume", "location", "key", "size", "file", "mode", "state",
	"export_id", "finished_on", "task", "tags",
}

// Manifest writes exported files as a table: a line of column names and a line
// for each file, with a column "metadata.KEY" for every metadata key that one of
// the files has. Several tags or values are joined by ";".
//
// With a comma, the table is CSV by RFC 4180; with a tab, the same with tabs
// between fields and plain line ends. Values are exact: one that a spreadsheet
// would take for a formula stays what it is.
func Manifest(w io.Writer, rows []audit.Row, separator rune) error {
	t := sheet{w: bufio.NewWriter(w), separator: separator, end: "\n"}
	if separator == ',' {
		t.end = "\r\n"
	}
	keys := metadataKeys(rows)
	header := slices.Clone(manifestColumns)
	for _, key := range keys {
		header = append(header, "metadata."+key)
	}
	t.row(header)
	fields := make([]string, 0, len(header))
	for i := range rows {
		r := &rows[i]
		fields = append(fields[:0], plainFields(r)...)
		for _, key := range keys {
			value := ""
			if r.File != nil {
				value = strings.Join(r.File.Metadata[key], ";")
			}
			fields = append(fields, value)
		}
		t.row(fields)
	}
	if err := t.w.Flush(); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// metadataKeys are the metadata keys that any of the files has, sorted.
func metadataKeys(rows []audit.Row) []string {
	keys := map[string]struct{}{}
	for i := range rows {
		if rows[i].File == nil {
			continue
		}
		for key := range rows[i].File.Metadata {
			keys[key] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// plainFields are the fields of manifestColumns.
func plainFields(r *audit.Row) []string {
	e := &r.Entry
	finished, task, tags := "", "", ""
	if !e.FinishedOn.IsZero() {
		finished = e.FinishedOn.UTC().Format(time.RFC3339)
	}
	if r.File != nil {
		task, tags = r.File.Task, strings.Join(r.File.Tags, ";")
	}
	return []string{
		e.Path, e.Project, e.Volume, e.Location, r.Key, strconv.FormatInt(e.Size, 10), e.File, mode(e.CopyOnly),
		string(e.State), e.ExportID, finished, task, tags,
	}
}

// mode is how a file was exported.
func mode(copyOnly bool) string {
	if copyOnly {
		return "copy"
	}
	return "move"
}

// sheet writes rows of fields. The standard library's writer changes line ends
// inside of fields.
type sheet struct {
	w         *bufio.Writer // its first error stays until it is flushed
	separator rune
	end       string
}

func (s *sheet) row(fields []string) {
	special := string(s.separator) + "\"\r\n"
	for i, f := range fields {
		if i > 0 {
			_, _ = s.w.WriteRune(s.separator)
		}
		if !strings.ContainsAny(f, special) {
			_, _ = s.w.WriteString(f)
			continue
		}
		_, _ = s.w.WriteString(`"` + strings.ReplaceAll(f, `"`, `""`) + `"`)
	}
	_, _ = s.w.WriteString(s.end)
}

// manifestLine is an exported file as JSON.
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

// ManifestLines writes exported files as JSON Lines, an object each.
func ManifestLines(w io.Writer, rows []audit.Row) error {
	enc := newEncoder(w)
	for i := range rows {
		e := &rows[i].Entry
		line := manifestLine{
			Path: e.Path, Project: e.Project, Volume: e.Volume, Location: e.Location, Key: rows[i].Key, Size: e.Size,
			File: e.File, Mode: mode(e.CopyOnly), State: string(e.State), ExportID: e.ExportID, FinishedOn: e.FinishedOn,
			Tags: []string{}, Metadata: map[string]any{},
		}
		if f := rows[i].File; f != nil {
			line.Task, line.Tags = f.Task, orEmpty(f.Tags)
			for key, values := range f.Metadata {
				if line.Metadata[key] = any(values); len(values) == 1 {
					line.Metadata[key] = values[0]
				}
			}
		}
		if err := enc.Encode(&line); err != nil {
			return fmt.Errorf("write the manifest: %w", err)
		}
	}
	return nil
}
