package view

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

func TestChangesetMarkdown(t *testing.T) {
	o := ChangesetOptions{Plan: "sbexport.yaml", Endpoint: "https://cavatica-api.sbgenomics.com/v2"}
	golden(t, "markdown/changeset", ChangesetMarkdown(mixed(), o))
	golden(t, "markdown/stored", ChangesetMarkdown(stored(), o))
	golden(t, "markdown/nothing", ChangesetMarkdown(&change.Changeset{Unchanged: make([]change.Action, 3)}, ChangesetOptions{}))
}

func TestResultMarkdown(t *testing.T) {
	golden(t, "markdown/result", ResultMarkdown(ended(), ChangesetOptions{Plan: "sbexport.yaml"}))
}

func TestCode(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "",
		"results/a_b*.vcf.gz": "`results/a_b*.vcf.gz`",
		"<b>&amp;":            "`<b>&amp;`",
		"a|b":                 "<code>a&#124;b</code>",
		"a`b`":                "<code>a&#96;b&#96;</code>",
		"two\nlines":          "<code>two&#92;nlines</code>",
		`a\`:                  "<code>a&#92;</code>",
		" space ":             "<code> space </code>",
	} {
		if got := code(in); got != want {
			t.Errorf("code(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestProse(t *testing.T) {
	in := "*a* _b_ `c` <script> | [x](y) @user #1 \\ ~~d~~ $e$ \x1b[1m"
	want := "&#42;a&#42; &#95;b&#95; &#96;c&#96; &#60;script&#62; &#124; &#91;x&#93;(y) &#64;user &#35;1 &#92; " +
		"&#126;&#126;d&#126;&#126; &#36;e&#36; &#92;x1b&#91;1m"
	if got := prose(in); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestLongChangesetsAreCutOnRows(t *testing.T) {
	c := &change.Changeset{Requests: 1}
	for rule := range 300 {
		for i := range 40 {
			c.Actions = append(c.Actions, action(change.Export, fmt.Sprintf("rule-%03d", rule), fmt.Sprintf("%d/%d.bam", rule, i), 10))
		}
	}
	for i := range 5000 {
		c.Blocked = append(c.Blocked, change.Blocked{Reason: change.Exists, Rule: "rule-000", File: fmt.Sprint(i), Message: strings.Repeat("text ", 100)})
		c.Warnings = append(c.Warnings, "a warning")
	}
	got := ChangesetMarkdown(c, ChangesetOptions{})
	checkPage(t, got)
	if len(got) < pageBound*9/10 {
		t.Errorf("only %d bytes are used", len(got))
	}
	for _, want := range []string{
		"12,000 to move", "more rules, left out here", "more files, left out here", "more warnings, left out here",
		"more tables left out: the page is full.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// pageBound is the most that GitHub takes as a comment, in characters.
const pageBound = 65536

// checkPage makes sure that a page is within its bound and that each table's
// rows have the cells of its head.
func checkPage(t interface{ Errorf(string, ...any) }, page string) {
	if len(page) > pageBound {
		t.Errorf("the page has %d bytes", len(page))
	}
	if opened, closed := strings.Count(page, "<details>"), strings.Count(page, "</details>"); opened != closed {
		t.Errorf("%d details are opened, %d closed", opened, closed)
	}
	cells := 0
	for _, line := range strings.Split(page, "\n") {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(line, "|")
		if cells == 0 {
			cells = n
		}
		if n != cells || !strings.HasSuffix(line, "|") {
			t.Errorf("a row has %d borders, its table %d: %q", n, cells, line)
		}
	}
}

// Whatever the names and however many, a page stays within its bound, its
// tables whole and its text without markup of others.
func TestPagesAreBoundedAndSafe(t *testing.T) {
	text := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{hostile, "plain.bam", "a|b\\|c", "``|``", strings.Repeat("|", 900), strings.Repeat("\u0301", 900), strings.Repeat("表", 300)}),
	)
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(0, 6).Draw(t, "actions"), rapid.IntRange(1, 150).Draw(t, "repeat")
		c := &change.Changeset{}
		var failures []FailedFile
		for range n {
			a := change.Action{
				Kind: rapid.SampledFrom(change.Kinds).Draw(t, "kind"), Rule: text.Draw(t, "rule"), Path: text.Draw(t, "path"),
				Volume: text.Draw(t, "volume"), Key: text.Draw(t, "key"), Size: rapid.Int64Min(0).Draw(t, "size") / 1e6,
			}
			b := change.Blocked{Reason: change.Reason(text.Draw(t, "reason")), Path: a.Path, Location: a.Key, Message: text.Draw(t, "message")}
			for range m {
				c.Actions = append(c.Actions, a)
				c.Blocked = append(c.Blocked, b)
			}
			c.Warnings = append(c.Warnings, b.Message)
			err := &platform.Error{Code: rapid.IntRange(-3, 99999).Draw(t, "code"), Message: b.Message}
			failures = append(failures, FailedFile{Action: &c.Actions[len(c.Actions)-1], Err: err})
		}
		o := ChangesetOptions{Plan: text.Draw(t, "plan"), Endpoint: text.Draw(t, "endpoint")}
		r := &Result{Changeset: c, Failures: failures, Lockfile: text.Draw(t, "lockfile"), Stopped: text.Draw(t, "stopped")}
		for _, page := range []string{ChangesetMarkdown(c, o), ResultMarkdown(r, o)} {
			checkPage(t, page)
			for _, line := range strings.Split(page, "\n") {
				if Safe(line) != line && !strings.Contains(line, "⚠️") {
					t.Errorf("a line is not safe: %q", line)
				}
				if strings.Contains(outsideCode(line), "<script") {
					t.Errorf("a line has markup: %q", line)
				}
			}
		}
	})
}

// outsideCode is a line without its code spans.
func outsideCode(line string) string {
	var b strings.Builder
	for i, part := range strings.Split(line, "`") {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}
