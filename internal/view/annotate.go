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
	var all []annotation
	for rule, files := range byRule(failures, func(f FailedFile) string { return f.Action.Rule }) {
		for _, g := range groupByCause(files, 1) {
			name := g.name()
			if said := said(g.kept[0]); g.cause == unnamed && said != "" {
				name = said
			}
			a := s.about(rule, "error", g.count)
			a.title = Number(g.count, "file") + " failed"
			a.message = fmt.Sprintf("%s: %s, such as %s; %s",
				a.title, name, path(g.kept[0].Action.Path, g.kept[0].Action.File), g.advice())
			all = append(all, a)
		}
	}
	return all
}

// blocked are the annotations of blocked files, one for each rule and reason.
func (s AnnotationSource) blocked(blocked []change.Blocked) []annotation {
	var all []annotation
	for rule, files := range byRule(notTolerated(blocked), func(b change.Blocked) string { return b.Rule }) {
		for _, g := range groupByReason(files, 1) {
			first := g.kept[0]
			a := s.about(rule, "warning", g.count)
			a.title = Number(g.count, "file") + " blocked"
			a.message = fmt.Sprintf("%s: %s, such as %s: %s",
				a.title, Safe(string(first.Reason)), path(first.Path, first.File), Safe(first.Message))
			all = append(all, a)
		}
	}
	return all
}

// byRule sorts files by their rules.
func byRule[T any](files []T, rule func(T) string) map[string][]T {
	rules := map[string][]T{}
	for _, f := range files {
		rules[rule(f)] = append(rules[rule(f)], f)
	}
	return rules
}

// about begins an annotation at the line of a rule.
func (s AnnotationSource) about(rule, level string, weight int) annotation {
	return annotation{level: level, file: s.Plan, line: s.Lines[rule], weight: weight}
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
	var properties []string
	add := func(name, value string) {
		if value != "" {
			properties = append(properties, name+"="+escapedProperty.Replace(value))
		}
	}
	add("file", a.file)
	add("line", position(a.line))
	add("col", position(a.column))
	add("title", a.title)
	return "::" + a.level + " " + strings.Join(properties, ",") + "::" + escapedData.Replace(a.message) + "\n"
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
