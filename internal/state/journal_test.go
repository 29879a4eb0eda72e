package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sbexport/internal/platform"
)

// intent is the record of an intent to export a file.
func intent(file string) Record {
	e := full()
	e.File, e.State, e.Error, e.ExportID = file, "", nil, ""
	return Record{Type: Intent, On: at("2026-01-02T03:04:05Z"), Entry: e}
}

// withdrawal is the record of an intent that came to nothing.
func withdrawal(file string) Record {
	r := intent(file)
	r.Type = Withdrawal
	return r
}

// outcome is the record of what became of a file.
func outcome(file string, state platform.State) Record {
	e := full()
	e.File, e.State = file, state
	return Record{Type: Outcome, On: at("2026-01-02T03:04:06Z"), Entry: e}
}

func mustOpen(t testing.TB, path string) (*Journal, []Record) {
	t.Helper()
	j, records, err := OpenJournal(path)
	if err != nil {
		t.Fatalf("OpenJournal: %v", err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, records
}

func mustAppend(t testing.TB, j *Journal, records ...Record) {
	t.Helper()
	if err := j.Append(records...); err != nil {
		t.Fatalf("Append: %v", err)
	}
}

func wantRecords(t testing.TB, got, want []Record) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestJournalGoldenBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.journal")
	j, records := mustOpen(t, path)
	wantRecords(t, records, nil)
	e := small("1", "v", "l", "")
	mustAppend(t, j, Record{Type: Intent, On: at("2026-01-02T03:04:05Z"), Entry: e}, Record{Type: Intent, Entry: small("2", "v", "<l>", "")})
	e.State, e.ExportID = platform.Running, "e1"
	mustAppend(t, j, Record{Type: Outcome, Entry: e})
	want := `2b04f931 0. {"journal_version":1}
e0c486bc 1, {"type":"intent","on":"2026-01-02T03:04:05Z","entry":{"file":"1","project":"p/q","path":"x","size":0,"volume":"v","location":"l","copy_only":false,"state":"","rule":"exports[0]"}}
98adf072 1. {"type":"intent","entry":{"file":"2","project":"p/q","path":"x","size":0,"volume":"v","location":"<l>","copy_only":false,"state":"","rule":"exports[0]"}}
f3644e09 2. {"type":"outcome","entry":{"file":"1","project":"p/q","path":"x","size":0,"volume":"v","location":"l","copy_only":false,"state":"RUNNING","export_id":"e1","rule":"exports[0]"}}
`
	if diff := cmp.Diff(want, readFile(t, path)); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}
}

func TestJournalGoesOnWhereAnEarlierRunStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.journal")
	want := []Record{intent("1"), intent("2"), outcome("1", platform.Completed)}
	want[1].Earlier, want[1].Again = "an earlier job", true
	j, _ := mustOpen(t, path)
	mustAppend(t, j, want[:2]...)
	mustAppend(t, j)
	mustAppend(t, j, want[2])
	if err := errors.Join(j.Close(), j.Close()); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(intent("3")); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Append to a closed journal: %v", err)
	}
	j, records := mustOpen(t, path)
	wantRecords(t, records, want)
	want = append(want, outcome("2", platform.Failed))
	mustAppend(t, j, want[3])
	records, err := ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords(t, records, want)
	if err := errors.Join(j.Remove(), j.Remove()); err != nil {
		t.Fatal(err)
	}
	if records, err := ReadJournal(path); err != nil || records != nil {
		t.Errorf("after Remove: %v, %v", records, err)
	}
	if got := names(t, filepath.Dir(path)); got != "" {
		t.Errorf("directory holds %q", got)
	}
}

// journalText is a journal of three commits: two records, one, two.
func journalText(t testing.TB) (text string, records []Record) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.journal")
	records = []Record{
		intent("1"), intent("2"), outcome("1", platform.Pending), outcome("1", platform.Completed), withdrawal("2"),
	}
	j, _ := mustOpen(t, path)
	mustAppend(t, j, records[:2]...)
	mustAppend(t, j, records[2])
	mustAppend(t, j, records[3:]...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), records
}

func TestJournalDamage(t *testing.T) {
	text, records := journalText(t)
	lines := strings.SplitAfter(text, "\n")[:6]
	flip := func(s string) string { return strings.Replace(s, "project", "Project", 1) }
	join := func(parts ...string) string { return strings.Join(parts, "") }
	third := join(lines[:4]...) // header and the first two commits
	newer := string(appendLine(nil, line{last: true, payload: []byte(`{"journal_version":2}`)}))
	odd := func(payload string) string {
		return string(appendLine(nil, line{batch: 3, last: true, payload: []byte(payload)}))
	}
	tests := []struct {
		name string
		text string
		keep int // records that are read
		line int // that is refused, or 0
	}{
		{"whole", text, 5, 0},
		{"empty", "", 0, 0},
		{"header cut off", lines[0][:9], 0, 0},
		{"header blank", strings.Repeat("\x00", len(lines[0])), 0, 0},
		{"header only", lines[0], 0, 0},
		{"newline missing", strings.TrimSuffix(text, "\n"), 4, 0},
		{"last line cut off", text[:len(text)-30], 4, 0},
		{"last line flipped", join(third, lines[4], flip(lines[5])), 4, 0},
		{"last line blank", join(third, lines[4], strings.Repeat("\x00", 5000)), 4, 0},
		{"last commit begun", join(third, lines[4]), 4, 0},
		{"last commit has a hole", join(third, flip(lines[4]), lines[5]), 3, 0},
		{"last commit is noise", join(third, "a\nb\nc\n", lines[5]), 3, 0},
		{"something else", "hello\n", 0, 1},
		{"header flipped", join(strings.Replace(lines[0], "1", "7", 1), lines[1]), 0, 1},
		{"newer", join(newer, lines[1]), 0, 1},
		{"first line flipped", join(lines[0], flip(lines[1]), join(lines[2:]...)), 0, 2},
		{"end of a commit flipped", join(lines[0], lines[1], flip(lines[2]), join(lines[3:]...)), 0, 3},
		{"end of the last but one flipped", join(join(lines[:3]...), flip(lines[3]), join(lines[4:]...)), 0, 4},
		{"commit missing", join(lines[0], lines[1], lines[2], lines[4], lines[5]), 0, 4},
		{"line twice", join(text, lines[5]), 0, 7},
		{"half of it is noise", text + "\n" + strings.Repeat("noise\n", maxBatch), 0, 7},
		{"not JSON", third + odd("{"), 0, 5},
		{"not a record", third + odd(`{"type":"outcome","entry":null}`), 0, 5},
		{"no entry", third + odd(`{"type":"outcome"}`), 0, 5},
		{"type unknown", third + odd(`{"type":"note","entry":{}}`), 0, 5},
		{"outcome without a state", third + odd(strings.Replace(strings.TrimSpace(lines[5][len("00000000 3. "):]), "withdrawal", "outcome", 1)), 0, 5},
		{"intent with a state", third + odd(strings.Replace(strings.TrimSpace(lines[4][len("00000000 3, "):]), "outcome", "intent", 1)), 0, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := writeTemp(t, "x.journal", tt.text)
			read, err := ReadJournal(path)
			if (err != nil) != (tt.line > 0) || readFile(t, path) != tt.text {
				t.Fatalf("ReadJournal: %v; the file is to stay", err)
			}
			j, opened, err := OpenJournal(path)
			if tt.line > 0 {
				e, ok := errors.AsType[*FileError](err)
				if !ok || e.Line != tt.line || e.Hint() == "" || readFile(t, path) != tt.text || tt.name == "newer" != strings.Contains(e.Detail, "version 2") {
					t.Fatalf("OpenJournal: %v, want an error in line %d", err, tt.line)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantRecords(t, read, append([]Record(nil), records[:tt.keep]...))
			wantRecords(t, opened, append([]Record(nil), records[:tt.keep]...))
			mustAppend(t, j, intent("9"))
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			_, again := mustOpen(t, path)
			wantRecords(t, again, append(append([]Record(nil), records[:tt.keep]...), intent("9")))
		})
	}
}

func TestJournalRefusesRecordsThatSayNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.journal")
	j, _ := mustOpen(t, path)
	wrong := intent("1")
	wrong.Entry.State = platform.Running
	for _, r := range []Record{wrong, {Type: Outcome, Entry: intent("1").Entry}, {Type: "note"}, {}} {
		if err := j.Append(intent("0"), r); err == nil {
			t.Errorf("Append took %v", r)
		}
	}
	mustAppend(t, j, intent("2")) // nothing was written before, so nothing is torn
	records, err := ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords(t, records, []Record{intent("2")})
}

// brokenFile is a file on a disk that fills up.
type brokenFile struct {
	journalFile
	room     int // bytes that still fit
	syncFail error
	syncs    int
}

func (f *brokenFile) Write(b []byte) (int, error) {
	if len(b) > f.room {
		n, _ := f.journalFile.Write(b[:f.room])
		f.room = 0
		return n, syscall.ENOSPC
	}
	f.room -= len(b)
	return f.journalFile.Write(b)
}

func (f *brokenFile) Sync() error {
	f.syncs++
	return f.syncFail
}

func TestJournalOnAFullDisk(t *testing.T) {
	for _, room := range []int{0, 1, 200, 700} {
		path := filepath.Join(t.TempDir(), "x.journal")
		j, _ := mustOpen(t, path)
		mustAppend(t, j, intent("1"))
		sound := j.file
		j.file = &brokenFile{journalFile: sound, room: room}
		if err := j.Append(intent("2"), intent("3")); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("room %d: %v, want no space left", room, err)
		}
		j.file = sound // there is room again, but what is at the end nobody knows
		if err := j.Append(intent("4")); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("room %d: a later Append: %v", room, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		_, records := mustOpen(t, path)
		want := []Record{intent("1"), intent("2"), intent("3")}
		if len(records) < 1 || len(records) > 2 || !cmp.Equal(records, want[:len(records)]) {
			t.Errorf("room %d: read back %v", room, records)
		}
	}
}

func TestJournalWhoseSyncFails(t *testing.T) {
	j, _ := mustOpen(t, filepath.Join(t.TempDir(), "x.journal"))
	f := &brokenFile{journalFile: j.file, room: 1 << 20, syncFail: syscall.EIO}
	j.file = f
	if err := j.Append(intent("1")); !errors.Is(err, syscall.EIO) {
		t.Errorf("Append: %v, want an I/O error", err)
	}
	f.syncFail = nil
	if err := j.Append(intent("2")); !errors.Is(err, syscall.EIO) {
		t.Errorf("a later Append: %v, want the first error", err)
	}
}

func TestJournalThatWasRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.journal")
	j, _ := mustOpen(t, path)
	mustAppend(t, j, intent("1"))
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(intent("2")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Append: %v, want an error that says it is gone", err)
	}

	j, _ = mustOpen(t, path)
	if err := os.Rename(path+".old", path); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(intent("2")); err == nil || !strings.Contains(err.Error(), "no longer the file") {
		t.Errorf("Append: %v, want an error that says it is another", err)
	}
}

func TestAppendFromManyGoroutines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.journal")
	j, _ := mustOpen(t, path)
	const writers = 20
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			if err := j.Append(intent(fmt.Sprint(w)), intent(fmt.Sprint(w, "'"))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	records, err := ReadJournal(path)
	if err != nil || len(records) != 2*writers {
		t.Fatalf("%d records (%v)", len(records), err)
	}
	for i := 0; i < len(records); i += 2 {
		if first, second := records[i].Entry.File, records[i+1].Entry.File; second != first+"'" {
			t.Errorf("records %q, %q: torn apart", first, second)
		}
	}
}

func TestLargeAppendIsSplit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.journal")
	j, _ := mustOpen(t, path)
	counted := &brokenFile{journalFile: j.file, room: 1 << 30}
	j.file = counted
	var want []Record
	for i := range 20 {
		r := intent(fmt.Sprint(i))
		r.Entry.Path = strings.Repeat("x", maxBatch/4)
		want = append(want, r)
	}
	mustAppend(t, j, want...)
	if counted.syncs != 5 {
		t.Errorf("%d syncs, want 5", counted.syncs)
	}
	text := readFile(t, path)
	records, err := ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords(t, records, want)
	// A flipped bit in a commit that had been followed by another is damage.
	for _, i := range []int{0, 6, 15} {
		at := len(header()) + i*(len(text)-len(header()))/20 + maxBatch/8
		flipped := text[:at] + "y" + text[at+1:]
		if _, err := replay(path, []byte(flipped)); err == nil {
			t.Errorf("bit flipped in record %d: %v", i, err)
		}
	}
}

// TestAnyDamageRecoversOrRefuses cuts off or flips anything anywhere: what is
// still read is what was written, up to some point.
func TestAnyDamageRecoversOrRefuses(t *testing.T) {
	text, records := journalText(t)
	rapid.Check(t, func(t *rapid.T) {
		damaged := []byte(text)
		if rapid.Bool().Draw(t, "cut") {
			damaged = damaged[:rapid.IntRange(0, len(damaged)).Draw(t, "length")]
		}
		for range rapid.IntRange(0, 3).Draw(t, "flips") {
			if len(damaged) > 0 {
				damaged[rapid.IntRange(0, len(damaged)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			}
		}
		r, err := replay("x.journal", damaged)
		if err != nil {
			if e, ok := errors.AsType[*FileError](err); !ok || e.Hint() == "" {
				t.Fatalf("%v has no hint", err)
			}
			return
		}
		if len(r.records) > len(records) || len(r.records) > 0 && !cmp.Equal(r.records, records[:len(r.records)]) {
			t.Fatalf("read %v, which nobody wrote", r.records)
		}
		if r.end > len(damaged) {
			t.Fatalf("the sound part ends at %d of %d", r.end, len(damaged))
		}
	})
}
