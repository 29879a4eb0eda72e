package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// expand works a template out for one file.
func (t *Template) expand(v Values) (string, error) {
	var b strings.Builder
	dirEmpty := false
	for i := range t.parts {
		p := &t.parts[i]
		if p.name == "" {
			b.WriteString(p.literal)
			continue
		}
		value, why := p.value(v)
		ambiguous := why != "" && p.ambiguous(v.File)
		switch {
		case why == "":
		case p.hasFallback && !ambiguous:
			value = p.fallback
			if v.Fallback != nil {
				v.Fallback("{" + p.source + "}")
			}
		default:
			return "", &MissingValueError{Placeholder: p.source, Why: why, Ambiguous: ambiguous}
		}
		dirEmpty = dirEmpty || p.name == "dir" && value == ""
		b.WriteString(value)
	}
	location := b.String()
	why := badLocation(location)
	if why == "" {
		return location, nil
	}
	if dirEmpty && (strings.HasPrefix(location, "/") || strings.Contains(location, "//")) {
		why += ", because {dir} is empty for a file at the project's root; write {path} for folder and name together"
	}
	return "", &BadLocationError{Location: location, Why: why}
}

// value is what a placeholder stands for, or a clause that says why it has no
// value. Only {ext} and {dir} may be empty.
func (p *part) value(v Values) (value, why string) {
	f := v.File
	switch p.name {
	case "metadata":
		return metadataValue(f.Metadata, p.key)
	case "year", "month", "day":
		if f.CreatedOn.IsZero() {
			return "", "the platform does not say when the file was created"
		}
		return f.CreatedOn.UTC().Format(map[string]string{"year": "2006", "month": "01", "day": "02"}[p.name]), ""
	case "ext":
		_, ext := splitName(f.Name)
		return ext, ""
	case "dir":
		return dirOf(v.Path), ""
	case "stem":
		value, _ = splitName(f.Name)
		why = "the file has no name"
	case "name":
		value, why = f.Name, "the file has no name"
	case "path":
		value, why = v.Path, "the file has no path"
	case "id":
		value, why = f.ID, "the file has no ID"
	case "project":
		value, why = f.Project, "the file's project is not known"
	case "rule":
		value, why = v.Rule, "the rule has no name"
	case "task":
		value, why = f.Task, "the file was not produced by a task"
	}
	if value != "" {
		why = ""
	}
	return value, why
}

// metadataValue is the single value of a metadata key.
func metadataValue(metadata map[string][]string, key string) (value, why string) {
	values := metadata[key]
	switch {
	case len(values) > 1:
		return "", fmt.Sprintf("the file has %d values for the metadata key %q, and a location takes one", len(values), key)
	case len(values) == 1 && values[0] != "":
		return values[0], ""
	case len(values) == 1:
		return "", fmt.Sprintf("the file's metadata key %q is empty", key)
	}
	if other := inAnotherCase(metadata, key); other != "" {
		return "", fmt.Sprintf("the file has no metadata key %q, but it has %q", key, other)
	}
	return "", fmt.Sprintf("the file has no metadata key %q", key)
}

// ambiguous reports whether a file has something for a placeholder that is no
// single value: several of them, or one under the key in another case. A
// fallback would hide that; it is for files that have nothing.
func (p *part) ambiguous(f *platform.File) bool {
	return p.name == "metadata" && (len(f.Metadata[p.key]) > 1 || len(f.Metadata[p.key]) == 0 && inAnotherCase(f.Metadata, p.key) != "")
}

// inAnotherCase is a key that differs from the given one only in case, or empty.
func inAnotherCase(metadata map[string][]string, key string) string {
	for _, other := range slices.Sorted(maps.Keys(metadata)) {
		if other != key && strings.EqualFold(other, key) && len(metadata[other]) > 0 {
			return other
		}
	}
	return ""
}

// dirOf is the folder part of a path, without slash at its end.
func dirOf(path string) string {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)]
}

// packed are the endings that stand behind another ending.
var packed = []string{".gz", ".bz2", ".zst", ".xz", ".tbi", ".bai", ".csi", ".crai"}

// splitName splits a file's name into stem and ending: at the last dot, or
// before it where the last ending is one of packed. A dot in front begins no
// ending.
func splitName(name string) (stem, ext string) {
	stem = name
	for {
		i := strings.LastIndexByte(stem, '.')
		if i <= 0 {
			return stem, name[len(stem):]
		}
		last := stem[i:]
		stem = stem[:i]
		if !slices.ContainsFunc(packed, func(p string) bool { return strings.EqualFold(p, last) }) {
			return stem, name[len(stem):]
		}
	}
}
