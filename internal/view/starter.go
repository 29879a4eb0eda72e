package view

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"sbexport/internal/audit"
	"sbexport/internal/change"
	"sbexport/internal/starter"
)

// StarterPlan writes a plan that was inferred as the YAML text of one. Platform
// is the plan's platform, or empty for none.
func StarterPlan(w io.Writer, s *starter.Plan, platform string) error {
	b := bufio.NewWriter(w)
	comment(b, fmt.Sprintf("What project %s has on volumes already, written by sbexport adopt.", Safe(s.Project)))
	comment(b, "")
	comment(b, "Each rule wants files just where they are, so that sbexport plan has nothing to do. "+
		"A pattern also takes files that come into the project later: look through the patterns, "+
		"and narrow down or remove what is not meant to go on.")
	starterLeftover(b, s.Leftover)
	fmt.Fprintf(b, "version: 1\n")
	if platform != "" {
		fmt.Fprintf(b, "platform: %s\n", quoted(platform))
	}
	fmt.Fprintf(b, "project: %s\n", quoted(s.Project))
	shared := ""
	if n := len(s.Rules); n > 0 && s.Rules[0].Volume == s.Rules[n-1].Volume { // they are sorted by it
		shared = s.Rules[0].Volume
		fmt.Fprintf(b, "volume: %s\n", quoted(shared))
	}
	comment(b, "How many files one apply may move. It moves nothing until this is raised.")
	fmt.Fprintf(b, "limits:\n  files: 0\n")
	fmt.Fprintf(b, "exports:\n")
	for i := range s.Rules {
		starterRule(b, &s.Rules[i], shared)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the starter plan: %w", err)
	}
	return nil
}

// starterLeftover names the first files that were left out.
func starterLeftover(b *bufio.Writer, left []starter.Leftover) {
	const named = 10
	if len(left) == 0 {
		return
	}
	comment(b, "")
	comment(b, fmt.Sprintf("Left out: %s. Write rules for those that are to be in the plan:", Number(len(left), "file")))
	for _, l := range left[:min(named, len(left))] {
		comment(b, "  "+Safe(l.Path)+" → "+Safe(change.Place(l.Volume, "", l.Location)))
	}
	if more := len(left) - named; more > 0 {
		comment(b, fmt.Sprintf("  and %s more, which sbexport adopt --write-plan --dry-run --json names", Number(more, "file")))
	}
}

func starterRule(b *bufio.Writer, r *starter.Rule, shared string) {
	fmt.Fprintf(b, "  - name: %s # %s\n", quoted(r.Name), Number(r.Takes, "file"))
	if r.Volume != shared {
		fmt.Fprintf(b, "    volume: %s\n", quoted(r.Volume))
	}
	items(b, "match", r.Match)
	items(b, "exclude", r.Exclude)
	if c := r.Where; c.Kind == "metadata" {
		fmt.Fprintf(b, "    where: {metadata: {%s: [%s]}}\n", quoted(c.Key), flow(c.Values))
	} else if c.Kind == "older_than" {
		fmt.Fprintf(b, "    where: {older_than: %s}\n", flow(c.Values))
	} else if c.Kind != "" {
		fmt.Fprintf(b, "    where: {%s: [%s]}\n", c.Kind, flow(c.Values))
	}
	items(b, "file", r.Files)
	fmt.Fprintf(b, "    to: %s\n", quoted(r.To))
}

// items writes a key with one value or a list.
func items(b *bufio.Writer, key string, values []string) {
	switch len(values) {
	case 0:
	case 1:
		fmt.Fprintf(b, "    %s: %s\n", key, quoted(values[0]))
	default:
		fmt.Fprintf(b, "    %s:\n", key)
		for _, v := range values {
			fmt.Fprintf(b, "      - %s\n", quoted(v))
		}
	}
}

// flow is values on one line.
func flow(values []string) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = quoted(v)
	}
	return strings.Join(texts, ", ")
}

// quoted is text as a plan has it: in double quotes, whose escapes are the same
// as Go's in UTF-8 text, and with dollars doubled, which would otherwise stand
// for variables of the environment.
func quoted(text string) string {
	return strconv.Quote(strings.ReplaceAll(text, "$", "$$"))
}

// comment writes a comment, wrapped.
func comment(b *bufio.Writer, text string) {
	for _, line := range wrap(text, 78) {
		fmt.Fprintln(b, strings.TrimRight("# "+line, " "))
	}
}

// StarterSummary shows what a starter plan was written of.
func StarterSummary(s Stream, a *starter.Plan, plan string, o AuditOptions) error {
	p := newAudit(s, o)
	p.section("Left out", len(a.Leftover), func(i int) row {
		l := &a.Leftover[i]
		return row{sign: p.wait("?"), from: path(l.Path, l.ID), to: Safe(change.Place(l.Volume, "", l.Location)), said: Safe(l.Message)}
	})
	p.prose(0, p.strong, fmt.Sprintf("Wrote %s with %s and %s with %s; %s", Safe(plan), Number(len(a.Rules), "rule"),
		Safe(o.Lockfile), Number(len(a.Entries), "export"), Number(o.Requests, "request")))
	p.prose(0, nil, "Look through the plan, then: sbexport plan -f "+Safe(plan))
	return p.flush("what was adopted")
}

// StarterJSON writes what a starter plan was or would be written of as one JSON
// document.
func StarterJSON(w io.Writer, h Header, a *starter.Plan, o AdoptionOptions) error {
	adopted := make([]adoptedLine, len(a.Entries))
	for i, e := range a.Entries {
		adopted[i] = adoptedLine{audit.ByAlias, e}
	}
	left := make([]doubtLine, len(a.Leftover))
	for i, l := range a.Leftover {
		left[i] = doubtLine{"", l.ID, l.Path, l.Size, l.Volume, l.Location, l.Message}
	}
	return writeDocument(w, struct {
		Header
		DryRun  bool           `json:"dry_run"`
		Summary map[string]int `json:"summary"`
		Adopted []adoptedLine  `json:"adopted"`
		Left    []doubtLine    `json:"left_out"`
	}{
		h, o.DryRun,
		map[string]int{"adopted": len(adopted), "rules": len(a.Rules), "left_out": len(left), "requests": o.Requests},
		adopted, left,
	})
}
