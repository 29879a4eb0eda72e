package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"sbexport/internal/change"
	"sbexport/plan"
)

// maxAnnotations is how many annotations of a level GitHub shows for one step.
const maxAnnotations = 10

// AnnotationSource is what annotations about files point to.
type AnnotationSource struct {
	Plan  string         // the plan's file, relative to the root of the repository
	Lines map[string]int // the 1-based lines of the rules, by name
}

// ProblemAnnotations writes a plan's problems as workflow commands of GitHub
// Actions, which then shows them beside the plan's lines. The last of them
// counts those that there is no room for.
func ProblemAnnotations(w io.Writer, planName string, p *plan.Problems) error {
	all := make([]annotation, len(p.List))
	for i, problem := range p.List {
		all[i] = annotation{
			level: "error", file: planName, line: problem.Line, column: problem.Column,
			message: hinted(problem.Message, problem.Hint),
		}
	}
	return writeAnnotations(w, all, "problem")
}

// FileAnnotations writes why files failed or are blocked as workflow commands of
// GitHub Actions: an error for each cause of failures and a warning for each
// reason why files are blocked, at the line of their rule. Blocked files that the
// plan tolerates get none.
func FileAnnotations(w io.Writer, s AnnotationSource, blocked []change.Blocked, failures []FailedFile) error {
	if err := writeAnnotations(w, s.failed(failures), "cause"); err != nil {
		return err
	}
	return writeAnnotations(w, s.blocked(blocked), "reason")
}

// failed are the annotations of failed files, one for each rule and cause.
func (s AnnotationSource) failed(failures []FailedFile) []annotation {
	type key struct {
		rule  string
		cause Cause
	}
	var all []annotation
	for _, g := range groupBy(failures, func(f *FailedFile) key { return key{f.Action.Rule, CauseOf(f.Err, f.Permanent)} }) {
		first, name := g.items[0], g.key.cause.String()
		if said := Said(first.Err); g.key.cause.Text == unnamed && said != "" {
			name = said
		}
		all = append(all, s.about(g.key.rule, "error", len(g.items), "failed", fmt.Sprintf("%s, such as %s; %s",
			name, path(first.Action.Path, first.Action.File), g.key.cause.Advice)))
	}
	return all
}

// blocked are the annotations of blocked files, one for each rule and reason.
func (s AnnotationSource) blocked(blocked []change.Blocked) []annotation {
	type key struct {
		rule   string
		reason change.Reason
	}
	var all []annotation
	for _, g := range groupBy(notTolerated(blocked), func(b *change.Blocked) key { return key{b.Rule, b.Reason} }) {
		first := g.items[0]
		all = append(all, s.about(g.key.rule, "warning", len(g.items), "blocked", fmt.Sprintf("%s, such as %s: %s",
			Safe(string(first.Reason)), blockedName(first), Safe(first.Message))))
	}
	return all
}

// about is an annotation at the line of a rule.
func (s AnnotationSource) about(rule, level string, files int, what, message string) annotation {
	title := Number(files, "file") + " " + what
	return annotation{
		level: level, file: s.Plan, line: s.Lines[rule], title: title, message: title + ": " + message, weight: files,
	}
}

func hinted(message, hint string) string {
	if hint == "" {
		return Safe(message)
	}
	return Safe(message) + " (hint: " + Safe(hint) + ")"
}

// annotation is one workflow command.
type annotation struct {
	level        string // error or warning
	file         string
	line, column int // 1-based; 0 for none
	title        string
	message      string
	weight       int // how many files it is about
}

// writeAnnotations writes annotations of one level, what weighs most first.
func writeAnnotations(w io.Writer, all []annotation, noun string) error {
	slices.SortStableFunc(all, func(a, b annotation) int {
		return cmp.Or(b.weight-a.weight, a.line-b.line, a.column-b.column, strings.Compare(a.message, b.message))
	})
	if len(all) > maxAnnotations {
		rest := len(all) - (maxAnnotations - 1)
		last := annotation{level: all[0].level, file: all[0].file, message: "and " + Number(rest, "more "+noun) + ": the log has them"}
		all = append(slices.Clone(all[:maxAnnotations-1]), last)
	}
	var b strings.Builder
	for _, a := range all {
		b.WriteString(a.command())
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write annotations: %w", err)
	}
	return nil
}

// command is the annotation as the runner reads it, line end included.
func (a annotation) command() string {
	properties := "file=" + escapedProperty.Replace(a.file)
	for _, p := range []struct{ name, value string }{
		{"line", position(a.line)}, {"col", position(a.column)}, {"title", a.title},
	} {
		if p.value != "" {
			properties += "," + p.name + "=" + escapedProperty.Replace(p.value)
		}
	}
	return "::" + a.level + " " + properties + "::" + escapedData.Replace(a.message) + "\n"
}

// position is a line or column, or nothing where there is none.
func position(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// The escapes of the runner. In properties it takes colons and commas for its
// own as well.
var (
	escapedData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapedProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
