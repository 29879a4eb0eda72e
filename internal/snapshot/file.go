package snapshot

import (
	"fmt"
	"strings"
	"time"

	"sbexport/internal/platform"
	"sbexport/internal/strictjson"
)

// maxKey is the longest metadata key that is written, in bytes. The platform's
// own are shorter, and YAML has a limit not far above.
const maxKey = 512

// seedFile is a file as a seed has it.
type seedFile struct {
	Name       string         `json:"name"`
	ID         string         `json:"id,omitempty"`
	Size       int64          `json:"size"`
	CreatedOn  string         `json:"created_on,omitempty"`
	ModifiedOn string         `json:"modified_on,omitempty"`
	Tags       []string       `json:"tags,omitempty"`
	Task       string         `json:"task,omitempty"`
	Metadata   map[string]any `json:"metadata,omitempty"`
	Secondary  []string       `json:"secondary_files,omitempty"`
	Alias      *seedAlias     `json:"alias,omitempty"`
	Archived   bool           `json:"archived,omitempty"`
	Public     bool           `json:"public,omitempty"`
}

type seedAlias struct {
	Volume   string `json:"volume"`
	Location string `json:"location"`
}

// file writes a file as one line.
func (w *projectWriter) file(indent string, f *platform.File) {
	d := w.o.Disguise
	w.summary.Files++
	_, name := cutLast(w.paths[f.ID])
	out := seedFile{
		Name: name, ID: w.id(f.ID), Size: f.Size, CreatedOn: moment(f.CreatedOn), ModifiedOn: moment(f.ModifiedOn),
		Tags: mapped(f.Tags, d.value), Task: d.task(f.Task), Metadata: w.metadata(f.Metadata),
	}
	for _, other := range f.Secondary {
		if path, here := w.paths[other.ID]; here {
			out.Secondary = append(out.Secondary, path)
		}
	}
	w.storage(&out, f)
	w.line(indent, "- ", flow(out))
}

func (w *projectWriter) metadata(metadata map[string][]string) map[string]any {
	out := make(map[string]any, len(metadata))
	for key, values := range metadata {
		values = mapped(values, w.o.Disguise.value)
		switch {
		case len(key) > maxKey || key == "":
			w.left.keys++
		case len(values) == 1:
			out[key] = values[0]
		case len(values) > 1:
			out[key] = values
		}
	}
	return out
}

// storage tells where a file is, and what hinders its export.
func (w *projectWriter) storage(out *seedFile, f *platform.File) {
	switch {
	case f.Storage.Alias() && f.Storage.Volume != "" && f.Storage.Location != "":
		volume, err := w.owned("volume", f.Storage.Volume)
		if err != nil {
			w.left.storage++
			return
		}
		w.summary.Aliases++
		w.pointedTo[f.Storage.Volume]++
		out.Alias = &seedAlias{volume, w.o.Disguise.text(f.Storage.Location)}
		return
	case f.Storage.Archived() || w.archive && f.MaybeArchived():
		out.Archived = true
	case f.Storage.Type != platform.OnPlatform:
		w.left.storage++
	}
	w.onSite = true
	w.hosted = w.hosted || len(f.Storage.HostedOn) > 0
	out.Public = f.Public() || f.MaybePublic()
}

// id is a file's or folder's ID in the seed; empty for one that is made up.
func (w *projectWriter) id(id string) string {
	if !isID(id) {
		w.left.ids++
		return ""
	}
	return w.o.Disguise.id(id)
}

// moment is a time as seeds write it; empty for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func mapped(all []string, change func(string) string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = change(s)
	}
	return out
}

// flow is a value as JSON that is YAML as well: what YAML refuses to see as it
// is comes as an escape. Bytes that are not UTF-8 become the replacement
// character.
func flow(v any) string {
	line, _ := strictjson.AppendLine(nil, v) // never fails for what is written here
	var b strings.Builder
	for _, r := range string(line) {
		if unprintable(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unprintable reports whether YAML takes a character only as an escape; JSON
// escapes the others.
func unprintable(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r == '\ufeff' || r == '\ufffe' || r == '\uffff'
}
