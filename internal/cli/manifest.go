package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"sbexport/internal/atomicfile"
	"sbexport/internal/audit"
	"sbexport/internal/observe"
	"sbexport/internal/view"
)

// manifestCmd lists the exported files with their metadata.
type manifestCmd struct {
	Format string `enum:"csv,tsv,jsonl,auto" default:"auto" placeholder:"FORMAT" help:"csv, tsv or jsonl. Default: by the ending of --out, else csv; jsonl with --json."`
	Out    string `placeholder:"FILE" help:"Write to FILE instead of standard output; FILE is replaced only when all is there."`
}

func (manifestCmd) Help() string {
	return `Lists every export that the lockfile has as completed, with what the platform says of the file today: its task, tags and metadata, which do not travel to the bucket.

Columns: path, project, volume, location, key, size (bytes), file (ID), mode (move or copy), state, export_id, finished_on, task, tags, and metadata.KEY for every key in use. ` +
		`Several tags or values are joined by ";" (in jsonl they are lists, and metadata is an object). ` +
		`CSV is that of RFC 4180; TSV quotes in the same way. Values are exact: one that begins with = or + is not defused for spreadsheets.

Exit code: 3 when the platform did not show some of the files: their rows have no task, tags and metadata.

Example: sbexport manifest --out manifest.csv`
}

func (c *manifestCmd) Run(ctx context.Context, a *app) error {
	format, err := c.format(a.globals.JSON)
	if err != nil {
		return err
	}
	return a.withRecord(func(r *onRecord) error {
		if err := a.outputs(r.plan.Name, c.Out); err != nil {
			return err
		}
		entries := audit.Completed(r.lock.All())
		seen, err := a.look(ctx, r.remote, audit.AskManifest(entries), nil)
		if err != nil {
			return err
		}
		rows := audit.Rows(entries, seen)
		if err := c.write(a, rows, format); err != nil {
			return err
		}
		if c.Out != "" {
			a.say("wrote %s to %s", view.Number(len(entries), "file"), c.Out)
		}
		return a.unseen(rows, seen)
	})
}

// unseen warns of files that the platform did not show.
func (a *app) unseen(rows []audit.Row, seen *observe.Observed) error {
	unseen, example := 0, ""
	for i := range rows {
		if rows[i].File != nil {
			continue
		}
		unseen++
		example = fmt.Sprintf("%q", rows[i].Entry.Path)
		if why := seen.Files[rows[i].Entry.File].Err; why != nil {
			example += fmt.Sprintf(": %v", why)
		}
	}
	if unseen == 0 {
		return nil
	}
	a.warn(fmt.Sprintf("the platform did not show %s (such as %s): without task, tags and metadata here", view.Number(unseen, "file"), example))
	return exitError(ExitIncomplete)
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
		return "", fail(ExitInvalid, "leave one of them out", "--json and --format %s contradict each other", c.Format)
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
func (c *manifestCmd) write(a *app, rows []audit.Row, format string) error {
	do := func(w io.Writer) error {
		switch format {
		case formatLines:
			return view.ManifestLines(w, rows)
		case formatTSV:
			return view.Manifest(w, rows, '\t')
		}
		return view.Manifest(w, rows, ',')
	}
	if c.Out == "" {
		return do(a.term.Out.W)
	}
	if err := atomicfile.WriteFunc(c.Out, 0o644, do); err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	return nil
}
