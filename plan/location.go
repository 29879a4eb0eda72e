package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// Values are what a template's placeholders stand for.
type Values struct {
	File *platform.File
	Path string // the file's path inside its project
	Rule string // the rule's name
	// Output is where a rule with tasks has the file from. Without one the
	// placeholders of tasks have no value.
	Output *Output
}

// Block is why a file has no place to go.
type Block struct {
	Reason  change.Reason
	Message string // a sentence that says what to do
}

// Location is the location that the template gives a file, with the placeholders
// that take their fallback for it, as they are written.
func (t *Template) Location(v Values) (location, fallbacks string, blocked *Block) {
	var b strings.Builder
	dirEmpty := false
	for i := range t.parts {
		p := &t.parts[i]
		value, why, ambiguous := p.value(v)
		switch {
		case why == "":
		case p.hasFallback && !ambiguous:
			value = p.fallback
			if fallbacks != "" {
				fallbacks += " and "
			}
			fallbacks += p.source
		default:
			return "", "", p.missing(why, ambiguous)
		}
		dirEmpty = dirEmpty || p.name == "dir" && value == ""
		b.WriteString(value)
	}
	location = b.String()
	why := Unusable(location)
	if why == "" {
		return location, fallbacks, nil
	}
	if dirEmpty && (strings.HasPrefix(location, "/") || strings.Contains(location, "//")) {
		why += ", because {dir} is empty for a file at the project's root; write {path} for folder and name together"
	}
	return "", "", badLocation(location, why)
}

// NeedsPath reports whether locations depend on the folders that files are in.
func (t *Template) NeedsPath() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.name == "path" || p.name == "dir" })
}

// missing says that a placeholder has no value for a file, and why. An ambiguous
// value is one for which no fallback helps.
func (p *part) missing(why string, ambiguous bool) *Block {
	name, _, _ := strings.Cut(strings.TrimSuffix(p.source, "}"), "|")
	remedy := fmt.Sprintf("give a fallback such as %s|unknown}", name)
	switch {
	case ambiguous:
		remedy = `correct the file's metadata or the rule's "to"`
	case p.name == "metadata":
		remedy = "set it on the platform, or " + remedy
	}
	return &Block{change.MissingValue, fmt.Sprintf("%s has no value: %s; %s", p.source, why, remedy)}
}

// badLocation says that a location cannot be used, and why.
func badLocation(location, why string) *Block {
	return &Block{change.BadLocation, fmt.Sprintf(`the location %q cannot be used: %s; change the rule's "to"`, location, why)}
}

// Beside is the location of another file in the same folder as a location.
func Beside(location, name string) (beside string, blocked *Block) {
	beside = strings.TrimPrefix(dirOf(location)+"/"+name, "/")
	if why := Unusable(beside); why != "" {
		return "", badLocation(beside, why)
	}
	return beside, nil
}

// value is what a part stands for, or a clause that says why it has no value.
// Only {ext} and {dir} may be empty.
func (p *part) value(v Values) (value, why string, ambiguous bool) {
	f := v.File
	switch p.name {
	case "":
		return p.literal, "", false
	case "metadata":
		return metadataValue(f.Metadata, p.key)
	case "year", "month", "day":
		if f.CreatedOn.IsZero() {
			return "", "the platform does not say when the file was created", false
		}
		return f.CreatedOn.UTC().Format(map[string]string{"year": "2006", "month": "01", "day": "02"}[p.name]), "", false
	case "ext":
		_, ext := SplitName(f.Name)
		return ext, "", false
	case "dir":
		return dirOf(v.Path), "", false
	case "stem":
		value, _ = SplitName(f.Name)
		why = "the file has no name"
	case "name":
		value, why = f.Name, "the file has no name"
	case "path":
		value, why = v.Path, "the file has no path"
	case "id":
		value, why = f.ID, "the file has no ID"
	case "project":
		value, why = f.Project, "the file's project is not known"
	case "project.name":
		value, why = f.Project[strings.LastIndexByte(f.Project, '/')+1:], "the file's project is not known"
	case "rule":
		value, why = v.Rule, "the rule has no name"
	case "task":
		value, why = f.Task, "the file was not produced by a task"
		if v.Output != nil {
			value = v.Output.Task.ID
		}
	case "task.name", "task.app", "task.batch", "output":
		return v.Output.value(p)
	}
	if value != "" {
		why = ""
	}
	return value, why, false
}

// metadataValue is the single value of a metadata key. It is ambiguous where the
// file has several, or one under the key in another case: a fallback would hide
// that; it is for files that have nothing.
func metadataValue(metadata map[string][]string, key string) (value, why string, ambiguous bool) {
	values := metadata[key]
	switch {
	case len(values) > 1:
		return "", fmt.Sprintf("the file has %d values for the metadata key %q, and a location takes one", len(values), key), true
	case len(values) == 1 && values[0] != "":
		return values[0], "", false
	case len(values) == 1:
		return "", fmt.Sprintf("the file's metadata key %q is empty", key), false
	}
	for _, other := range slices.Sorted(maps.Keys(metadata)) {
		if strings.EqualFold(other, key) && len(metadata[other]) > 0 {
			return "", fmt.Sprintf("the file has no metadata key %q, but it has %q", key, other), true
		}
	}
	return "", fmt.Sprintf("the file has no metadata key %q", key), false
}

// dirOf is the folder part of a path, without slash at its end.
func dirOf(path string) string {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)]
}

// packed are the endings that stand behind another ending.
var packed = []string{".gz", ".bz2", ".zst", ".xz", ".tbi", ".bai", ".csi", ".crai"}

// SplitName splits a file's name into stem and ending: at the last dot, or
// at an earlier one where the last ending is one of packed. A dot at the
// very front begins no ending.
func SplitName(name string) (stem, ext string) {
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

// Unusable is a clause that says why a location cannot be an object's key on every
// cloud, or empty.
func Unusable(location string) string {
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
