package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"sbexport/internal/atomicfile"
	"sbexport/internal/audit"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/internal/view"
)

// manifestCmd lists the exported files with their metadata.
type manifestCmd struct {
	Format string `enum:"csv,tsv,jsonl,auto" default:"auto" placeholder:"FORMAT" help:"csv, tsv or jsonl. Default: by the ending of --out, else csv; jsonl with --json."`
	Out    string `placeholder:"FILE" help:"Write to FILE instead of standard output; FILE is replaced only when all is there."`
}

// Help is the long help.
func (manifestCmd) Help() string {
	return `Lists every export that the lockfile has as completed, with what the platform says of the file today: its task, tags and metadata, which do not travel to the bucket.

Columns: path, project, volume, location, key, size (bytes), file (ID), mode (move or copy), state, export_id, finished_on, task, tags, and metadata.KEY for every key in use. ` +
		`Several tags or values are joined by ";" (in jsonl they are lists, and metadata is an object). ` +
		`CSV is that of RFC 4180; TSV quotes in the same way. Values are exact: one that begins with = or + is not defused for spreadsheets.

Exit code: 3 when the platform did not show some of the files: their rows have no task, tags and metadata.

Example: sbexport manifest --out manifest.csv`
}

// manifestChunk is how many files are read at a time: what is written line by line
// is not kept.
const manifestChunk = 5000

// Run writes the manifest.
func (c *manifestCmd) Run(ctx context.Context, a *app) (err error) {
	format, err := c.format(a.globals.JSON)
	if err != nil {
		return err
	}
	record, err := a.readRecord()
	if err != nil {
		return err
	}
	if err := a.outputs(record.plan.Name, c.Out); err != nil {
		return err
	}
	remote, err := a.connect(record.plan, forLooking)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remote.Close()) }()
	m := &manifest{app: a, remote: remote, entries: audit.Completed(record.lock.All())}
	if err := c.write(func(w io.Writer) error { return m.write(ctx, w, format) }, a); err != nil {
		return err
	}
	if c.Out != "" {
		a.say("wrote %s to %s", view.Number(len(m.entries), "file"), c.Out)
	}
	if m.unseen > 0 {
		a.warn(fmt.Sprintf("the platform did not show %s (such as %s): without task, tags and metadata here",
			view.Number(m.unseen, "file"), m.example))
		return exitError(ExitIncomplete)
	}
	return nil
}

// The formats of a manifest.
const (
	formatCSV   = "csv"
	formatTSV   = "tsv"
	formatLines = "jsonl"
)

// format is the format to write.
func (c *manifestCmd) format(json bool) (string, error) {
	switch ending := strings.ToLower(filepath.Ext(c.Out)); {
	case c.Format != "auto" && json && c.Format != formatLines:
		return "", &Error{
			Exit: ExitInvalid, Message: fmt.Sprintf("--json and --format %s contradict each other", c.Format), Advice: "leave one of them out",
		}
	case c.Format != "auto":
		return c.Format, nil
	case json, ending == ".jsonl", ending == ".ndjson":
		return formatLines, nil
	case ending == ".tsv", ending == ".tab":
		return formatTSV, nil
	}
	return formatCSV, nil
}

// write writes to the file that is wanted, or to standard output.
func (c *manifestCmd) write(do func(io.Writer) error, a *app) error {
	if c.Out == "" {
		return do(a.term.Out.W)
	}
	if err := atomicfile.WriteFunc(c.Out, 0o644, do); err != nil {
		return outError("writing the manifest", c.Out, err)
	}
	return nil
}

// manifest is one run of the command.
type manifest struct {
	*app
	remote  *remote
	entries []state.Entry

	volumes map[string]observe.Volume
	unseen  int    // entries whose files the platform did not show
	example string // one of them
}

// write writes the manifest. A table needs every file's metadata keys before its
// first line; lines go out as they come.
func (m *manifest) write(ctx context.Context, w io.Writer, format string) error {
	if format == formatLines {
		return m.rows(ctx, func(rows []audit.Row) error { return view.ManifestLines(w, rows) })
	}
	all := make([]audit.Row, 0, len(m.entries))
	err := m.rows(ctx, func(rows []audit.Row) error {
		all = append(all, rows...)
		return nil
	})
	if err != nil {
		return err
	}
	if format == formatTSV {
		return view.Manifest(w, all, '\t')
	}
	return view.Manifest(w, all, ',')
}

// rows makes the rows, some at a time.
func (m *manifest) rows(ctx context.Context, yield func([]audit.Row) error) error {
	seen, err := m.look(ctx, m.remote, observe.Question{Volumes: audit.AskManifest(m.entries).Volumes}, nil)
	if err != nil {
		return err
	}
	m.volumes = seen.Volumes
	for chunk := range slices.Chunk(m.entries, manifestChunk) {
		ask := audit.AskManifest(chunk)
		ask.Volumes = nil
		clear(seen.Files)
		if _, err := m.look(ctx, m.remote, ask, seen); err != nil {
			return err
		}
		rows := audit.Rows(chunk, seen)
		for i := range rows {
			if rows[i].File == nil {
				m.unseen++
				m.example = unseenFile(&rows[i].Entry, seen.Files[rows[i].Entry.File].Err)
			}
		}
		if err := yield(rows); err != nil {
			return err
		}
	}
	return nil
}

// unseenFile says which file the platform did not show, and why.
func unseenFile(e *state.Entry, why *platform.Error) string {
	if why == nil {
		return fmt.Sprintf("%q", e.Path)
	}
	return fmt.Sprintf("%q: %v", e.Path, why)
}
