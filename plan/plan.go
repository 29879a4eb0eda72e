package plan

import (
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// Plan is a valid plan with every default filled in.
type Plan struct {
	Name     string // the file's name as the user gave it
	SHA256   string // of the file's bytes, hexadecimal
	Endpoint string // base URL the plan is for; empty when it names no platform
	Limits   Limits
	Rules    []*Rule // in the plan's order; never empty
}

// Limits are the plan's guards; nil means no limit.
type Limits struct {
	Files      *int64 // files to be exported, copied or replaced
	Bytes      *int64
	Overwrites int64 // objects to be replaced; 0 unless the plan says otherwise
}

// Rule is one entry of the plan's exports, with the plan's defaults applied.
// Exactly one of Files and Match is set.
type Rule struct {
	Name           string
	Line           int // 1-based, of the entry
	Index          int // 0-based, in Plan.Rules
	Files          []string
	Match          []string
	Exclude        []string
	Where          Where
	Project        string // may be empty with Files
	Volume         string
	To             *Template
	CopyOnly       bool
	Overwrite      bool
	Properties     platform.Properties
	Tolerate       []change.Reason
	SecondaryFiles bool

	paths *Paths // Match and Exclude, compiled
}

// Paths are the paths that the rule selects; a rule by IDs selects none. Rules
// with the same patterns and excludes have the same one.
func (r *Rule) Paths() *Paths {
	if r.paths == nil {
		return &Paths{}
	}
	return r.paths
}

// Accepts reports whether every condition of the rule's "where" holds for the
// file. Durations are counted back from now.
func (r *Rule) Accepts(f *platform.File, now time.Time) bool { return r.Where.accepts(f, now) }

// Values are what a template's placeholders stand for.
type Values struct {
	File *platform.File
	Path string // the file's path inside its project
	Rule string // the rule's name

	// Fallback is told each placeholder that takes its fallback, as written and
	// with its braces. It may be nil.
	Fallback func(placeholder string)
}

// MissingValueError says that a placeholder has no value for a file.
type MissingValueError struct {
	Placeholder string // as written, without braces
	Why         string // a clause, such as "the file has no metadata key \"sample_id\""
	Ambiguous   bool   // the file has something for it that is no single value, so that no fallback helps
}

// BadLocationError says that a location cannot be used as an object key.
type BadLocationError struct {
	Location string
	Why      string // a clause, such as "it has an empty segment (\"//\")"
}

// Location works the template out for one file. The error is a
// *MissingValueError or a *BadLocationError.
func (t *Template) Location(v Values) (string, error) { return t.expand(v) }

// Problem is one thing wrong with a plan.
type Problem struct {
	Line    int // 1-based
	Column  int // 1-based, in characters
	Message string
	Hint    string // what to do; may be empty
}

// Problems are everything wrong with one plan, sorted by position. It is an
// error when it is not empty.
type Problems struct {
	Name   string
	Source []byte
	List   []Problem
}
