package state

import (
	"errors"
	"strings"
	"testing"

	"sbexport/internal/platform"
)

func TestRehearsalIsTold(t *testing.T) {
	path := writeTemp(t, "a.lock.json", `{"lockfile_version":1,"note":"kept","exports":[]}`)
	l := mustLoad(t, path)
	if l.Rehearsal() {
		t.Fatal("a lockfile without the mark passes for one of a rehearsal")
	}
	l.MarkRehearsal()
	mustSave(t, l, false)
	l.Put(small("f", "v/v", "l", platform.Completed))
	mustSave(t, l, true)

	again := mustLoad(t, path)
	if !again.Rehearsal() {
		t.Error("the mark is lost")
	}
	again.MarkRehearsal()
	again.Put(small("g", "v/v", "m", platform.Completed))
	mustSave(t, again, true)
	text := readFile(t, path)
	if strings.Count(text, "rehearsal") != 1 || !strings.Contains(text, `"note":"kept"`) {
		t.Errorf("the lockfile is\n%s", text)
	}
}

func TestRehearsalDoesNotMergeWithRealExports(t *testing.T) {
	actual, rehearsed := lockOf(small("f", "v/v", "l", platform.Completed)), lockOf(small("g", "v/v", "m", platform.Completed))
	rehearsed.MarkRehearsal()
	if _, err := ThreeWay(lockOf(), actual, rehearsed); !errors.Is(err, ErrRehearsal) {
		t.Errorf("error %v, want that one side is a rehearsal", err)
	}
}
