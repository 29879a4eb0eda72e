package view

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sbexport/internal/change"
)

// safeCases are texts and what Safe makes of them. The report's page follows the
// same rule and is tested with the same cases.
//
//go:embed testdata/safe.json
var safeCases []byte

func TestSafe(t *testing.T) {
	cases := [][2]string{{"\xff\xfe", `\xff\xfe`}} // JSON cannot hold these
	var shared [][2]string
	if err := json.Unmarshal(safeCases, &shared); err != nil || len(shared) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, c := range append(cases, shared...) {
		if got := Safe(c[0]); got != c[1] {
			t.Errorf("Safe(%q) = %q, want %q", c[0], got, c[1])
		}
	}
}

// Whatever a name holds, nothing reaches the terminal that it would obey.
func FuzzSafe(f *testing.F) {
	f.Add(hostile)
	f.Add("\u009b31m\u200d\u2066")
	f.Add("plain")
	f.Fuzz(func(t *testing.T, s string) {
		got := Safe(s)
		for _, r := range got {
			if !strconv.IsPrint(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("Safe(%q) holds %U", s, r)
			}
		}
		if !utf8.ValidString(got) {
			t.Fatalf("Safe(%q) is not valid UTF-8", s)
		}
		if Safe(got) != got {
			t.Fatalf("Safe is not stable on %q", s)
		}
		c := &change.Changeset{
			Actions:  []change.Action{{Kind: change.Export, Rule: s, Path: s, Volume: s, Key: s}},
			Blocked:  []change.Blocked{{Reason: change.Reason(s), Rule: s, Path: s, Message: s, Location: s}},
			Warnings: []string{s},
		}
		var b bytes.Buffer
		if err := Changeset(Stream{W: &b, TTY: true, size: fixed(60)}, c, ChangesetOptions{Plan: s + "x", Endpoint: s}); err != nil {
			t.Fatal(err)
		}
		checkSafe(t, b.String(), false)
	})
}

func FuzzMiddle(f *testing.F) {
	f.Add("results/sample.bam", 10)
	f.Add("ファイル名.bam", 5)
	f.Add(strings.Repeat("\u0301", 400), 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if limit < 0 || limit > 1000 {
			return
		}
		s = Safe(s)
		got := middle(s, limit)
		if w := width(got); w > limit {
			t.Errorf("middle(%q, %d) = %q takes %d columns", s, limit, got, w)
		}
		if n := utf8.RuneCountInString(got); n > 4*limit+1 {
			t.Errorf("middle(%q, %d) has %d characters", s, limit, n)
		}
		if len(s) <= limit && got != s {
			t.Errorf("middle(%q, %d) = %q, though there is room", s, limit, got)
		}
	})
}

func TestMiddleKeepsTheFileName(t *testing.T) {
	got := middle("results/very/long/path/to/the/sample.bam", 24)
	if want := "results/v…the/sample.bam"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{
		{"one two three", 0, "one two three"},
		{"one two three", 7, "one two|three"},
		{"one two three", 3, "one|two|three"},
		{"unbreakable/path/of/a/file is kept", 10, "unbreakable/path/of/a/file|is kept"},
		{"表表表 表表", 6, "表表表|表表"},
	} {
		if got := strings.Join(wrap(test.text, test.limit), "|"); got != test.want {
			t.Errorf("wrap(%q, %d) = %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}
