package snapshot

import (
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sbexport/internal/platform"
)

// maxKey is the longest metadata key that is written, in bytes. The platform's
// own are shorter, and YAML has a limit not far above.
const maxKey = 512

// file writes a file as one line.
func (w *projectWriter) file(indent string, placed placedFile) {
	f := placed.file
	w.summary.Files++
	d := w.o.Disguise
	var o object
	o.text("name", placed.name)
	o.text("id", w.id(f.ID))
	o.raw("size", strconv.FormatInt(f.Size, 10))
	if !f.CreatedOn.IsZero() {
		o.text("created_on", moment(f.CreatedOn))
	}
	if !f.ModifiedOn.IsZero() {
		o.text("modified_on", moment(f.ModifiedOn))
	}
	o.texts("tags", mapped(f.Tags, d.value))
	o.text("task", d.value(f.Task))
	w.metadata(&o, f.Metadata)
	var others []string
	for _, other := range f.Secondary {
		if path, here := w.paths[other.ID]; here {
			others = append(others, path)
		}
	}
	o.texts("secondary_files", others)
	w.storage(&o, f)
	w.line(indent, "- ", o.end())
}

func (w *projectWriter) metadata(o *object, metadata map[string][]string) {
	var m object
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		values := mapped(metadata[key], w.o.Disguise.value)
		switch {
		case len(key) > maxKey || key == "":
			w.left.keys++
		case len(values) == 1:
			m.text(key, values[0])
		default:
			m.texts(key, values)
		}
	}
	if !m.empty() {
		o.raw("metadata", m.end())
	}
}

// storage writes where a file is, and what hinders its export.
func (w *projectWriter) storage(o *object, f *platform.File) {
	switch {
	case f.Storage.Alias() && f.Storage.Volume != "" && f.Storage.Location != "":
		volume, err := w.owned("volume", f.Storage.Volume)
		if err != nil {
			w.left.storage++
			return
		}
		w.summary.Aliases++
		w.pointedTo[f.Storage.Volume]++
		var a object
		a.text("volume", volume)
		a.text("location", w.o.Disguise.text(f.Storage.Location))
		o.raw("alias", a.end())
		return
	case f.Storage.Archived() || w.archive && f.MaybeArchived():
		o.raw("archived", "true")
	case f.Storage.Type != platform.OnPlatform:
		w.left.storage++
	}
	w.onSite = true
	w.hosted = w.hosted || len(f.Storage.HostedOn) > 0
	if f.Public() || f.MaybePublic() {
		o.raw("public", "true")
	}
}

// id is a file's or folder's ID in the seed; empty for one that is made up.
func (w *projectWriter) id(id string) string {
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != 12 || strings.ToLower(id) != id {
		w.left.ids++
		return ""
	}
	return w.o.Disguise.id(id)
}

// moment is a time as seeds write it.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func mapped(all []string, change func(string) string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = change(s)
	}
	return out
}
