package state

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sbexport/internal/platform"
)

// lockOf is a lockfile of entries, which are changed as the names of variants say.
func lockOf(entries ...Entry) *Lockfile {
	l := newLockfile("test.lock.json")
	for _, e := range entries {
		l.Put(e)
	}
	return l
}

func (m *Merged) text(t interface{ Fatal(...any) }) string {
	var b bytes.Buffer
	if err := m.lock.encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThreeWay(t *testing.T) {
	t.Parallel()
	entry := func(state platform.State, finished string, id string) Entry {
		e := small("f", "v/v", "l", state)
		if finished != "" {
			e.FinishedOn = at(finished)
		}
		e.ExportID = id
		return e
	}
	const early, late = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
	pending := entry(platform.Pending, "", "a")
	failed := entry(platform.Failed, late, "b")
	done, doneLater := entry(platform.Completed, early, "c"), entry(platform.Completed, late, "d")
	renamed := done
	renamed.Rule = "z"
	exported := done
	exported.StartedOn = at("2025-12-31T23:00:00Z")
	found := exported
	found.ExportID, found.StartedOn = "", time.Time{}
	otherID := done
	otherID.ExportID = "x"
	for name, c := range map[string]struct {
		base, ours, theirs []Entry
		want               []Entry
		conflict           bool
	}{
		"nobody changed":              {[]Entry{done}, []Entry{done}, []Entry{done}, []Entry{done}, false},
		"both added the same":         {nil, []Entry{done}, []Entry{done}, []Entry{done}, false},
		"one added":                   {nil, []Entry{done}, nil, []Entry{done}, false},
		"one changed":                 {[]Entry{pending}, []Entry{failed}, []Entry{pending}, []Entry{failed}, false},
		"one changed a completed one": {[]Entry{done}, []Entry{failed}, []Entry{done}, []Entry{failed}, false},
		"one deleted":                 {[]Entry{done}, nil, []Entry{done}, nil, false},
		"both deleted":                {[]Entry{done}, nil, nil, nil, false},
		"deleted and changed":         {[]Entry{pending}, nil, []Entry{failed}, []Entry{failed}, false},
		"completed beats later":       {[]Entry{pending}, []Entry{done}, []Entry{failed}, []Entry{done}, false},
		"later beats earlier":         {nil, []Entry{done}, []Entry{doneLater}, []Entry{doneLater}, false},
		"ended beats open":            {nil, []Entry{entry(platform.Failed, "", "b")}, []Entry{pending}, []Entry{entry(platform.Failed, "", "b")}, false},
		"only names differ":           {nil, []Entry{done}, []Entry{renamed}, []Entry{renamed}, false},
		"one found it in place":       {nil, []Entry{found}, []Entry{exported}, []Entry{exported}, false},
		"nothing decides":             {nil, []Entry{done}, []Entry{otherID}, []Entry{done}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ThreeWay(lockOf(c.base...), lockOf(c.ours...), lockOf(c.theirs...))
			if err != nil {
				t.Fatal(err)
			}
			want := Merged{lock: lockOf(c.want...)}
			if diff := cmp.Diff(want.text(t), got.text(t)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (len(got.Conflicts) > 0) != c.conflict {
				t.Errorf("conflicts: %v", got.Conflicts)
			}
		})
	}
}

// What a newer version has written survives, inside and around entries.
func TestThreeWayKeepsUnknownMembers(t *testing.T) {
	t.Parallel()
	load := func(text string) *Lockfile { return mustLoad(t, writeTemp(t, "x.lock.json", text)) }
	base := load(`{"lockfile_version":1,"exports":[]}`)
	ours := load(`{"lockfile_version":1,"hue":"red","exports":[{"file":"f","volume":"v","location":"l","state":"PENDING","note":1}]}`)
	m, err := ThreeWay(base, ours, base)
	if err != nil {
		t.Fatal(err)
	}
	if text := m.text(t); !strings.Contains(text, `"hue":"red"`) || !strings.Contains(text, `"note":1`) {
		t.Errorf("lost in %s", text)
	}
	theirs := load(`{"lockfile_version":1,"hue":"blue","exports":[]}`)
	if _, err := ThreeWay(base, ours, theirs); !errors.Is(err, errMembers) {
		t.Errorf("error %v, want errMembers", err)
	}
}

// anyEntries draws lockfiles whose entries meet often.
func anyEntries(t *rapid.T, label string) *Lockfile {
	l := newLockfile("any.lock.json")
	n := rapid.IntRange(0, 6).Draw(t, label)
	for range n {
		e := small(
			rapid.SampledFrom([]string{"f", "g"}).Draw(t, "file"), "v/v",
			rapid.SampledFrom([]string{"k", "l", `a"{[<<<<<<<`}).Draw(t, "location"),
			rapid.SampledFrom([]platform.State{platform.Pending, platform.Running, platform.Completed, platform.Failed}).Draw(t, "state"),
		)
		e.Rule = rapid.SampledFrom([]string{"r", "s"}).Draw(t, "rule")
		e.ExportID = rapid.SampledFrom([]string{"", "x"}).Draw(t, "id")
		e.FinishedOn = time.Unix(int64(rapid.IntRange(1, 3).Draw(t, "time")), 0)
		l.Put(e)
	}
	return l
}

func TestThreeWayProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base, ours, theirs := anyEntries(t, "base"), anyEntries(t, "ours"), anyEntries(t, "theirs")
		merge := func(b, o, h *Lockfile) *Merged {
			m, err := ThreeWay(b, o, h)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		m, back := merge(base, ours, theirs), merge(base, theirs, ours)
		if len(m.Conflicts) != len(back.Conflicts) {
			t.Fatalf("%d conflicts one way, %d the other", len(m.Conflicts), len(back.Conflicts))
		}
		if len(m.Conflicts) == 0 && m.text(t) != back.text(t) {
			t.Fatalf("not commutative:\n%s\n%s", m.text(t), back.text(t))
		}
		text := m.text(t)
		for _, again := range []*Merged{merge(base, m.lock, m.lock), merge(base, m.lock, base), merge(m.lock, m.lock, m.lock)} {
			if again.text(t) != text || len(again.Conflicts) > 0 {
				t.Fatalf("not idempotent:\n%s\n%s", text, again.text(t))
			}
		}
		// What either side has completed and the other has not undone is there.
		for _, side := range []*Lockfile{ours, theirs} {
			for e := range side.All() {
				if base.find(e.Target()) == nil && e.State == platform.Completed && m.lock.find(e.Target()).State != platform.Completed {
					t.Fatalf("%v was lost", e.Target())
				}
			}
		}
		parsed := newLockfile("x")
		if err := parsed.parse([]byte(text)); err != nil {
			t.Fatalf("the result does not load: %v", err)
		}
	})
}

// Of a conflict both lines are written, and the file is refused until one of
// them is deleted.
func TestConflict(t *testing.T) {
	t.Parallel()
	a, b := small("a", "v/v", "1", platform.Completed), small("b", "v/v", "2", platform.Completed)
	b.ExportID = "w"
	other := b
	other.ExportID = "x"
	m, err := ThreeWay(lockOf(), lockOf(a, b), lockOf(a, other))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.lock.json")
	if err := m.Write(path); err != nil || m.Len() != 2 {
		t.Fatal(err, m.Len())
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Fatalf("Load: %v", err)
	}
	lines := strings.SplitAfter(readFile(t, path), "\n")
	chosen := writeTemp(t, "x.lock.json", strings.Join(append(lines[:3], lines[4:]...), ""))
	if l := mustLoad(t, chosen); l.Len() != 2 {
		t.Errorf("%d entries are left", l.Len())
	}
}
