package view

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sbexport/internal/change"
)

func TestChangeset(t *testing.T) {
	t.Run("mixed", func(t *testing.T) {
		eachStream(t, "changeset/mixed", func(s Stream) error {
			return Changeset(s, mixed(), ChangesetOptions{Plan: "sbexport.yaml", Endpoint: "https://cavatica-api.sbgenomics.com/v2"})
		})
	})
	t.Run("long", func(t *testing.T) {
		eachStream(t, "changeset/long", func(s Stream) error { return Changeset(s, many(500), ChangesetOptions{}) })
	})
	t.Run("stored", func(t *testing.T) {
		eachStream(t, "changeset/stored", func(s Stream) error { return Changeset(s, stored(), ChangesetOptions{}) })
	})
	t.Run("full", func(t *testing.T) {
		var b bytes.Buffer
		if err := Changeset(Stream{W: &b}, mixed(), ChangesetOptions{Full: true}); err != nil {
			t.Fatal(err)
		}
		golden(t, "changeset/full", b.String())
	})
}

func TestChangesetWithoutWork(t *testing.T) {
	blocked := []change.Blocked{{Reason: change.Public, Rule: "r", File: "5f"}, {Reason: change.Public, Rule: "r", File: "60", Tolerated: true}}
	for _, test := range []struct {
		name string
		c    change.Changeset
		want string
	}{
		{"empty", change.Changeset{}, "Nothing to do: the plan selects no files."},
		{"all", change.Changeset{Unchanged: make([]change.Action, 1200)}, "Nothing to do: all files are where the plan wants them (1,200 unchanged)."},
		{"blocked", change.Changeset{Unchanged: make([]change.Action, 5), Blocked: blocked}, "Nothing to do: 5 unchanged, 2 blocked (1 tolerated)."},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Changeset(Stream{W: &b}, &test.c, ChangesetOptions{}); err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(b.String(), test.want+"\n") {
				t.Errorf("the last line is not %q:\n%s", test.want, b.String())
			}
		})
	}
}

func TestFullShowsEverything(t *testing.T) {
	c := many(500)
	var b bytes.Buffer
	if err := Changeset(Stream{W: &b, TTY: true, size: fixed(60)}, c, ChangesetOptions{Full: true}); err != nil {
		t.Fatal(err)
	}
	for i := range c.Actions {
		if !strings.Contains(b.String(), c.Actions[i].Path+arrow+c.Actions[i].Volume+":"+c.Actions[i].Key) {
			t.Fatalf("%q is not shown whole", c.Actions[i].Path)
		}
	}
}

func TestReplacementsAreNeverCutFirst(t *testing.T) {
	var b bytes.Buffer
	if err := Changeset(Stream{W: &b}, many(500), ChangesetOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"! results/last.bam", "1 object on the volume will be DELETED", "500 files", "… and 479 more to move; --full shows all"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing:\n%s", want, b.String())
		}
	}
}

func TestRefusalsComeFirst(t *testing.T) {
	c := many(1)
	c.Refusals = []string{"too much"}
	var b bytes.Buffer
	if err := Changeset(Stream{W: &b}, c, ChangesetOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{b.String(), ChangesetMarkdown(c, ChangesetOptions{})} {
		if at := strings.Index(text, "warning: too much"); at < 0 || at > strings.Index(text, "DELETED") {
			t.Errorf("the refusal does not come first:\n%s", text)
		}
	}
}

func TestLongListsAreSummedUp(t *testing.T) {
	c := &change.Changeset{Rules: []change.RuleCount{{Rule: "all"}, {Rule: "none"}}}
	for i := range 300 {
		c.Actions = append(c.Actions, action(change.Export, "all", fmt.Sprintf("S%d/run-%d/%03d.bam", i%3, i%40, i), 1000))
		c.Blocked = append(c.Blocked, change.Blocked{
			Reason: change.VolumeReadOnly, Rule: "none", Path: fmt.Sprintf("raw/%03d.bam", i), Volume: "me/old", Location: "x", Message: "use another",
		})
	}
	if page := ChangesetMarkdown(c, ChangesetOptions{}); strings.Count(page, "volume_read_only") != 1 || !strings.Contains(page, "| `volume_read_only` | `300 files` | `me/old` | use another |") {
		t.Errorf("a volume's fault is not told once:\n%.2000s", page)
	}
	eachStream(t, "changeset/folders", func(s Stream) error { return Changeset(s, c, ChangesetOptions{}) })
}

func TestManyFoldersAreCounted(t *testing.T) {
	c := many(100)
	for i := range c.Actions {
		c.Actions[i].Path = fmt.Sprintf("bam/S%d/%d.bam", i/2, i)
	}
	var b bytes.Buffer
	if err := Changeset(Stream{W: &b}, c, ChangesetOptions{}); err != nil {
		t.Fatal(err)
	}
	if want := "\n  in 50 folders of bam/\n"; !strings.Contains(b.String(), want) {
		t.Errorf("%q is missing:\n%s", want, b.String())
	}
}

func TestManyRulesAreCounted(t *testing.T) {
	c := &change.Changeset{}
	for i := range 1000 {
		rule := fmt.Sprintf("exports[%d]", i)
		kind := change.Export
		if i == 999 {
			kind = change.Replace
		}
		c.Rules = append(c.Rules, change.RuleCount{Rule: rule, Selected: 1})
		c.Actions = append(c.Actions, action(kind, rule, fmt.Sprintf("%d.bam", i), 1000))
	}
	var b bytes.Buffer
	if err := Changeset(Stream{W: &b}, c, ChangesetOptions{}); err != nil {
		t.Fatal(err)
	}
	if want := "… and 950 more rules with 950 files (950 kB, 1 to replace); --full shows all"; !strings.Contains(b.String(), want) {
		t.Errorf("%q is missing:\n%s", want, b.String())
	}
}

func TestConfirm(t *testing.T) {
	for name, c := range map[string]*change.Changeset{"mixed": mixed(), "stored": stored(), "many": many(1201)} {
		eachStream(t, "confirm/"+name, func(s Stream) error {
			return Confirm(s, c, ChangesetOptions{Plan: "sbexport.yaml", Endpoint: "https://cavatica-api.sbgenomics.com/v2"}, name == "many")
		})
	}
}

func TestConsent(t *testing.T) {
	large := many(2)
	large.Actions[0].Size = manyBytes + 1
	copies := many(5000)
	for i := range copies.Actions {
		copies.Actions[i].CopyOnly = true
	}
	for want, c := range map[string]*change.Changeset{"yes": many(1000), "1001": many(1001), "2": large, "yes ": copies} {
		if got := Consent(c); got != strings.TrimSpace(want) {
			t.Errorf("%d actions: %q, want %q", len(c.Actions), got, want)
		}
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken pipe")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrorsAreReported(t *testing.T) {
	s := Stream{W: brokenWriter{}}
	e := NewEvents(s.W)
	e.Version("1")
	for name, err := range map[string]error{
		"changeset": Changeset(s, mixed(), ChangesetOptions{}),
		"summary":   Summary(s, ended(), false),
		"error":     Error(s, Failure{Message: "m"}),
		"json":      ErrorJSON(s.W, Failure{Message: "m"}),
		"problems":  ProblemAnnotations(s.W, "p", problems()),
		"events":    e.Err(),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
