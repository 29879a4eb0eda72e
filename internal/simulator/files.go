package simulator

import (
	"slices"
	"strconv"
	"strings"
)

// fileView is a file or folder as one request sees it.
type fileView struct {
	c *call
	n *node
}

// fileFields are the properties of a file (vendor pages "Get file details" and
// "List files").
var fileFields = append(slices.Clone(plainFileFields),

	field[fileView]{name: "_secondary_files", value: fileView.secondaries})

// plainFileFields are the properties of a file without those of other files.
var plainFileFields = []field[fileView]{
	inBrief(field[fileView]{name: "href", value: func(v fileView, b []byte) []byte {
		return append(append(append(append(append(b, '"'), v.c.base...), "/files/"...), v.n.id.String()...), '"')
	}}),
	inBrief(field[fileView]{name: "id", value: func(v fileView, b []byte) []byte {
		return append(append(append(b, '"'), v.n.id.String()...), '"')
	}}),
	inBrief(text("name", fileView.name)),
	{name: "size", value: func(v fileView, b []byte) []byte {
		if v.n.folder != nil {
			return b
		}
		return strconv.AppendInt(b, v.n.size, 10)
	}},
	inBrief(text("project", func(v fileView) string { return v.c.s.projects[v.n.project].seed.id })),
	inBrief(text("parent", func(v fileView) string {
		if v.n.parent < 0 {
			return ""
		}
		return v.c.s.nodes[v.n.parent].id.String()
	})),
	inBrief(text("type", fileView.kind)),
	{name: "created_on", value: func(v fileView, b []byte) []byte {
		created := v.n.attributes.created
		if v.n.folder != nil {
			created = v.n.folder.created
		}
		return appendTime(b, created.resolve(v.c.s.began, longAgo))
	}},
	{name: "modified_on", value: func(v fileView, b []byte) []byte {
		created := v.n.attributes.created.resolve(v.c.s.began, longAgo)
		if v.onVolume() && v.c.s.seed.quirks.modifiedByExport && !v.n.alias.visible.IsZero() {
			return appendTime(b, v.n.alias.visible)
		}
		return appendTime(b, v.n.modified.resolve(v.c.s.began, created))
	}},
	{name: "storage", value: fileView.storage},
	{name: "origin", value: func(v fileView, b []byte) []byte {
		return appendObject(b, originFields, v)
	}},
	{name: "tags", value: func(v fileView, b []byte) []byte { return appendStrings(b, v.n.tags) }},
	{name: "metadata", value: fileView.metadata},
	constant[fileView]("url", `null`),
}

// originFields are the properties of a file's origin.
var originFields = []field[fileView]{
	text("task", func(v fileView) string { return v.n.task }),
	text("dataset", func(v fileView) string { return v.n.dataset }),
}

func (v fileView) name() string {
	if v.n.parent < 0 {
		return v.c.s.projects[v.n.project].title()
	}
	return v.n.name
}

func (v fileView) kind() string {
	kind := "file"
	if v.n.folder != nil {
		kind = "folder"
	}
	if v.c.s.seed.quirks.upperCaseTypes {
		kind = strings.ToUpper(kind)
	}
	return kind
}

// onVolume reports whether the file shows as an alias.
func (v fileView) onVolume() bool {
	return v.n.alias != nil && !v.c.now.Before(v.n.alias.visible)
}

// storage appends where the file is: on a volume once the change shows, or on
// the platform, where archived files and folders name no location.
func (v fileView) storage(b []byte) []byte {
	if a := v.n.alias; v.onVolume() {
		location := a.location
		if v.c.s.seed.quirks.aliasLocationIsKey {
			location = a.volume.key(location)
		}
		b = appendString(append(b, `{"type":"VOLUME","volume":`...), a.volume.seed.id)
		b = appendString(append(b, `,"location":`...), location)
		return append(b, '}')
	}
	b = append(b, `{"type":"PLATFORM"`...)
	hosted := v.c.s.projects[v.n.project].seed.location
	if v.n.folder == nil && !v.n.archived && hosted != "" && !v.c.s.seed.quirks.noHostedOnLocations {
		b = append(b, `,"hosted_on_locations":`...)
		b = appendStrings(b, []string{hosted})
	}
	return append(b, '}')
}

func (v fileView) metadata(b []byte) []byte {
	b = append(b, '{')
	for i := range v.n.attributes.metadata {
		m := &v.n.attributes.metadata[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, m.key), ':')
		switch {
		case m.null:
			b = append(b, "null"...)
		case m.list:
			b = appendStrings(b, m.expand(v.n))
		default:
			b = appendString(b, v.n.expand(m.values[0]))
		}
	}
	return append(b, '}')
}

func (v fileView) secondaries(b []byte) []byte {
	if len(v.n.secondary) == 0 {
		return b
	}
	fields := plainFileFields
	if v.c.s.seed.quirks.secondaryFilesAreStubs {
		fields = stubFileFields
	}
	b = append(b, '[')
	for _, other := range v.n.secondary {
		n := &v.c.s.nodes[other]
		if n.deleted {
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = appendObject(b, fields, fileView{v.c, n})
	}
	return append(b, ']')
}

// stubFileFields are the properties of a mere reference to a file.
var stubFileFields = pick(plainFileFields, "href", "id", "name")
