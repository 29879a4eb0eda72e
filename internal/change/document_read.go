package change

import (
	"errors"
	"fmt"

	"sbexport/internal/strictjson"
)

// DocumentError says why a file cannot be used as a saved plan.
type DocumentError struct {
	Why    string // a clause, such as "it is damaged: it ends too early"
	Advice string // what to do
}

func (e *DocumentError) Error() string { return "read the saved plan: " + e.Why }

// Hint says what to do.
func (e *DocumentError) Hint() string { return e.Advice }

func damaged(format string, args ...any) *DocumentError {
	return &DocumentError{
		Why:    "it is damaged: " + fmt.Sprintf(format, args...),
		Advice: `make it again with "sbexport plan --out FILE"; a saved plan is not for editing`,
	}
}

// ReadDocument reads a saved plan and takes nothing on trust: a key that is
// unknown, missing, there twice or in another case, an action that contradicts
// itself, two actions with one target, a summary that does not add up, and
// anything after the end are errors, wherever in it they are. The error is a
// *DocumentError. Actions share what they have in common, see strictjson.Reader.
func ReadDocument(text []byte) (*Document, error) {
	start := strictjson.SkipSpace(text, 0)
	if start == len(text) || text[start] != '{' {
		return nil, notSaved(errors.New("it is not a JSON object"))
	}
	if err := strictjson.Check(text); err != nil {
		return nil, damaged("%v", err)
	}
	if err := checkVersion(text); err != nil {
		return nil, err
	}
	d := &Document{}
	if err := strictjson.Unmarshal(text, d); err != nil {
		return nil, damaged("%v", err)
	}
	if err := check(d); err != nil {
		return nil, err
	}
	return d, nil
}

func notSaved(err error) *DocumentError {
	return &DocumentError{
		Why:    fmt.Sprintf("it is not a saved plan: %v", err),
		Advice: `give a file that "sbexport plan --out FILE" wrote`,
	}
}

// checkVersion looks for the version first: a newer format may differ anywhere.
func checkVersion(text []byte) error {
	var head struct {
		Version int             `json:"format_version" strict:"required"`
		Actions strictjson.Span `json:"actions" strict:"required"`
	}
	r := strictjson.Reader{Text: text}
	if err := r.Known(r.Whole(), &head, func(strictjson.Span, strictjson.Span) {}); err != nil {
		return notSaved(err)
	}
	if head.Version > FormatVersion {
		return &DocumentError{
			Why:    fmt.Sprintf("its format version is %d, and this program reads only up to %d", head.Version, FormatVersion),
			Advice: "use the version of sbexport that saved it, or a newer one",
		}
	}
	if head.Version < 1 {
		return damaged("there is no format version %d", head.Version)
	}
	return nil
}
