package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sbexport/internal/platform"
)

// Values are what a template's placeholders stand for.
type Values struct {
	File *platform.File
	Path string // the file's path inside its project
	Rule string // the rule's name

	// Fallback is called with each placeholder that takes its fallback, as it is
	// written, with its braces. It may be nil.
	Fallback func(placeholder string)
}

// MissingValueError says that a placeholder has no value for a file.
type MissingValueError struct {
	Placeholder string // as written, without braces
	Why         string // a clause, such as "the file has no metadata key \"sample_id\""
	Ambiguous   bool   // the file has something for it that is no single value, so that no fallback helps
}

func (e *MissingValueError) Error() string {
	return fmt.Sprintf("{%s} has no value: %s", e.Placeholder, e.Why)
}

// BadLocationError says that a location cannot be used as an object key.
type BadLocationError struct {
	Location string
	Why      string // a clause, such as "it has an empty segment (\"//\")"
}

func (e *BadLocationError) Error() string {
	return fmt.Sprintf("location %q cannot be used: %s", e.Location, e.Why)
}

// Location is the location that the template gives a file. The error is a
// *MissingValueError or a *BadLocationError.
func (t *Template) Location(v Values) (string, error) {
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

// inAnotherCase is a key that differs from the given one only in case, or
// empty.
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
// at an earlier one where the last ending is one of packed. A dot at the
// very front begins no ending.
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

// maxLocation is the longest location, in bytes. It is the longest key that the
// cloud stores take.
const maxLocation = 1024

// CheckLocation reports whether a location can be used as an object key on
// every cloud. The error is a *BadLocationError.
func CheckLocation(location string) error {
	if why := badLocation(location); why != "" {
		return &BadLocationError{Location: location, Why: why}
	}
	return nil
}

// badLocation is a clause that says why a location cannot be used, or empty.
func badLocation(location string) string {
	switch {
	case location == "":
		return "it is empty"
	case len(location) > maxLocation:
		return fmt.Sprintf("it has %d bytes, and a key may have %d", len(location), maxLocation)
	case !utf8.ValidString(location):
		return "it is not valid UTF-8 text"
	case strings.HasPrefix(location, "/"):
		return "it begins with a slash"
	case strings.HasSuffix(location, "/"):
		return "it ends in a slash"
	case strings.Contains(location, "//"):
		return `it has an empty segment ("//")`
	case strings.ContainsFunc(location, unicode.IsControl):
		return "it has a control character in it"
	}
	for segment := range strings.SplitSeq(location, "/") {
		if segment == "." || segment == ".." {
			return fmt.Sprintf("it has the segment %q", segment)
		}
	}
	return ""
}
