package plan

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLocation is the longest location, in bytes. It is the longest key that the
// cloud stores take.
const MaxLocation = 1024

func (e *BadLocationError) Error() string {
	return fmt.Sprintf("location %q cannot be used: %s", e.Location, e.Why)
}

func (e *MissingValueError) Error() string {
	return fmt.Sprintf("{%s} has no value: %s", e.Placeholder, e.Why)
}

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
	case len(location) > MaxLocation:
		return fmt.Sprintf("it has %d bytes, and a key may have %d", len(location), MaxLocation)
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
