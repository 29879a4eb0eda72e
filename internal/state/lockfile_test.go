package state

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

const golden = `{"lockfile_version":1,
"exports":[
{"file":"f2","project":"p/q","path":"x","size":0,"volume":"a/v","location":"z","copy_only":false,"state":"COMPLETED","rule":"exports[0]"},
{"file":"f1","project":"p/q","path":"x","size":0,"volume":"b/v","location":"l","copy_only":false,"state":"PENDING","rule":"exports[0]"},
{"file":"f2","project":"p/q","path":"x","size":0,"volume":"b/v","location":"l","copy_only":false,"state":"RUNNING","rule":"exports[0]"},
{"file":"567890abc8a5639cc6722063","project":"rfranklin/rna-seq","path":"results/a & b <1>.vcf.gz","size":1234,"volume":"rfranklin/archive","location":"vcf/S1/a.vcf.gz","copy_only":true,"overwrite":true,"properties":{"aws_canned_acl":null,"sse_algorithm":"AES256"},"state":"FAILED","export_id":"erand0md6gMeuLlhWTNVj192RsnOMgdB","rule":"variant-calls","started_on":"2026-01-02T03:04:05Z","finished_on":"2026-01-02T03:05:00Z","error":{"code":9107,"status":409,"message":"Location on volume already contains a file","permanent":true}}
]}
`

func goldenEntries() []Entry {
	return []Entry{
		small("f2", "a/v", "z", platform.Completed),
		small("f1", "b/v", "l", platform.Pending),
		small("f2", "b/v", "l", platform.Running),
		full(),
	}
}

func TestLockfileGoldenBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock.json")
	l := mustLoad(t, path)
	if l.SHA256() != "" || l.Len() != 0 {
		t.Errorf("a missing file gives digest %q and %d entries", l.SHA256(), l.Len())
	}
	mustSave(t, l, false)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("saving nothing made a file (%v)", err)
	}
	for _, i := range []int{2, 0, 3, 1} {
		l.Put(goldenEntries()[i])
	}
	mustSave(t, l, true)
	if diff := cmp.Diff(golden, readFile(t, path)); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}
	if got, want := l.SHA256(), digest([]byte(golden)); got != want {
		t.Errorf("SHA256 = %s, want %s", got, want)
	}
	again := mustLoad(t, path)
	if diff := cmp.Diff(goldenEntries(), slices.Collect(again.All())); diff != "" {
		t.Errorf("entries read back (-want +got):\n%s", diff)
	}
	if again.SHA256() != l.SHA256() {
		t.Error("the digest of what is read is not that of what was written")
	}
}

func TestSaveWithNothingPutLeavesTheFileAlone(t *testing.T) {
	const edited = "\uFEFF{ \"exports\" : [\r\n" +
		"{\"state\":\"COMPLETED\",\"copy_only\":false, \"location\":\"b\",\"volume\":\"v/v\",\"file\":\"2\"},\r\n\r\n" +
		"  {\"state\":\"FAILED\",\"copy_only\":true,\"location\":\"a\",\r\n\"volume\":\"v/v\",\"file\":\"1\",\"error\":null}],\r\n \"lockfile_version\":1 }"
	path := writeTemp(t, "x.lock.json", edited)
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	l := mustLoad(t, path)
	same, _ := l.Get(change.Target{File: "2", Volume: "v/v", Location: "b"})
	l.Put(same)
	mustSave(t, l, false)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, path); got != edited || !info.ModTime().Equal(old) {
		t.Errorf("the file was touched: %q, %v", got, info.ModTime())
	}

	same.ExportID = "e1"
	l.Put(same)
	mustSave(t, l, true)
	want := `{"lockfile_version":1,
"exports":[
{"file":"1","project":"","path":"","size":0,"volume":"v/v","location":"a","copy_only":true,"state":"FAILED","rule":""},
{"file":"2","project":"","path":"","size":0,"volume":"v/v","location":"b","copy_only":false,"state":"COMPLETED","export_id":"e1","rule":""}
]}
`
	if diff := cmp.Diff(want, readFile(t, path)); diff != "" {
		t.Errorf("after a change (-want +got):\n%s", diff)
	}
}

func TestSaveWritesNothingWhenChangesCancelOut(t *testing.T) {
	path := writeTemp(t, "x.lock.json", golden)
	l := mustLoad(t, path)
	e := full()
	e.State = platform.Completed
	l.Put(e)
	l.Put(full())
	before, _ := os.Stat(path)
	mustSave(t, l, false)
	if after, _ := os.Stat(path); !os.SameFile(before, after) {
		t.Error("the file was replaced by one with the same bytes")
	}
	if got := names(t, filepath.Dir(path)); got != "x.lock.json" {
		t.Errorf("directory holds %q", got)
	}
}

func TestUnknownMembersSurviveARewrite(t *testing.T) {
	path := writeTemp(t, "x.lock.json", `{"lockfile_version":1,"later":{"a": [1,
2]},"exports":[
{"etag":"a\u0041<","file":"1","volume":"v","location":"l","copy_only":false,"state":"PENDING","parts":[1,
 {"n": 2.50}]}
]}`)
	l := mustLoad(t, path)
	e, _ := l.Get(change.Target{File: "1", Volume: "v", Location: "l"})
	l.Put(Entry{File: e.File, Volume: e.Volume, Location: e.Location, State: platform.Completed})
	mustSave(t, l, true)
	want := `{"lockfile_version":1,
"later":{"a":[1,2]},
"exports":[
{"file":"1","project":"","path":"","size":0,"volume":"v","location":"l","copy_only":false,"state":"COMPLETED","rule":"","etag":"a\u0041<","parts":[1,{"n":2.50}]}
]}
`
	if diff := cmp.Diff(want, readFile(t, path)); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}
}

func TestPutMakesEntriesWritable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock.json")
	l := mustLoad(t, path)
	east := time.FixedZone("", 3600)
	l.Put(Entry{
		File: "1", Volume: "v", Location: "l", Size: -5, State: platform.Aborted, Path: "a\xffb",
		Properties: platform.Properties{},
		StartedOn:  time.Date(2026, 1, 2, 3, 4, 5, 999, east),
		FinishedOn: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		Error:      &Failure{Message: "\xff"},
	})
	l.Put(small("2", "v", "l", "QUEUED"))
	mustSave(t, l, true)
	want := []Entry{
		{
			File: "1", Volume: "v", Location: "l", State: platform.Failed, Path: "a\uFFFDb",
			StartedOn: at("2026-01-02T02:04:05Z"), Error: &Failure{Message: "\uFFFD"},
		},
		small("2", "v", "l", platform.Running),
	}
	if diff := cmp.Diff(want, slices.Collect(l.All())); diff != "" {
		t.Errorf("in memory (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, slices.Collect(mustLoad(t, path).All())); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestSaveRefusesToOverwriteSomebodyElsesChange(t *testing.T) {
	tests := []struct {
		name   string
		before string // empty: no file
		meddle func(path string) error
		refuse bool
	}{
		{"edited", golden, func(p string) error { return os.WriteFile(p, []byte(golden+" "), 0o644) }, true},
		{"removed", golden, os.Remove, true},
		{"appeared", "", func(p string) error { return os.WriteFile(p, []byte(golden), 0o644) }, true},
		{"touched", golden, func(p string) error { return os.Chtimes(p, time.Unix(1, 0), time.Unix(1, 0)) }, false},
		{"replaced by the same", golden, func(p string) error {
			return errors.Join(os.Remove(p), os.WriteFile(p, []byte(golden), 0o644))
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.lock.json")
			if tt.before != "" {
				path = writeTemp(t, "x.lock.json", tt.before)
			}
			l := mustLoad(t, path)
			l.Put(small("new", "v", "l", platform.Completed))
			if err := tt.meddle(path); err != nil {
				t.Fatal(err)
			}
			meddled, _ := os.ReadFile(path)
			_, err := l.Save()
			if _, refused := errors.AsType[*FileError](err); refused != tt.refuse || !refused && err != nil {
				t.Fatalf("Save: %v", err)
			}
			if after, _ := os.ReadFile(path); tt.refuse && string(after) != string(meddled) {
				t.Errorf("the other's change is gone: %q", after)
			}
		})
	}
}

func TestSaveAgainAfterAFailedOne(t *testing.T) {
	path := writeTemp(t, "x.lock.json", golden)
	l := mustLoad(t, path)
	l.Put(small("new", "v", "l", platform.Completed))
	mustSave(t, l, true)
	// As if the directory could not be synced after the rename: the bytes are
	// there, but Save did not say so.
	l.digest, l.info, l.dirty = digest([]byte(golden)), nil, true
	l.Put(small("newer", "v", "l", platform.Completed))
	mustSave(t, l, true)
	if got := mustLoad(t, path).Len(); got != 6 {
		t.Errorf("%d entries, want 6", got)
	}
}

// What a run that died as it saved has left behind goes with the next save.
func TestSaveSweeps(t *testing.T) {
	path := writeTemp(t, "target.json", golden)
	orphan := filepath.Join(filepath.Dir(path), ".target.json.tmp-00c0ffee")
	if err := os.WriteFile(orphan, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustSave(t, mustLoad(t, path), false)
	if got := names(t, filepath.Dir(path)); got != "target.json" {
		t.Errorf("directory holds %q", got)
	}
}

// TestLockfileIsAMap drives a lockfile and a plain map alike.
func TestLockfileIsAMap(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "x.lock.json")
		_ = os.Remove(path)
		l, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		model := map[change.Target]Entry{}
		entry := entries()
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				e := entry.Draw(t, "entry")
				l.Put(e)
				model[e.Target()] = e
			},
			"save and load": func(t *rapid.T) {
				if rapid.IntRange(0, 3).Draw(t, "rarely") > 0 {
					return // it waits for the disk
				}
				if _, err := l.Save(); err != nil {
					t.Fatal(err)
				}
				if l, err = Load(path); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				checkAgainst(t, l, model)
			},
		})
	})
}

func checkAgainst(t *rapid.T, l *Lockfile, model map[change.Target]Entry) {
	got := map[change.Target]Entry{}
	last := Entry{}
	for e := range l.All() {
		if before(e, last) {
			t.Fatalf("%v comes after %v", e.Target(), last.Target())
		}
		last = e
		got[e.Target()] = e
		if same, ok := l.Get(e.Target()); !ok || !same.Equal(e) {
			t.Fatalf("Get(%v) = %v, %v", e.Target(), same, ok)
		}
	}
	if diff := cmp.Diff(model, got); diff != "" || l.Len() != len(model) {
		t.Fatalf("%d entries (-want +got):\n%s", l.Len(), diff)
	}
}

func before(a, b Entry) bool {
	return slices.Compare([]string{a.Volume, a.Location, a.File}, []string{b.Volume, b.Location, b.File}) < 0
}

// entries draws entries that collide often.
func entries() *rapid.Generator[Entry] {
	name := rapid.SampledFrom([]string{"a", "b", "é\u2028<&>", "\"\\\n\x00", ""})
	moment := rapid.Map(rapid.Int64Range(0, 4e9), func(s int64) time.Time { return time.Unix(s, 0).UTC() })
	return rapid.Custom(func(t *rapid.T) Entry {
		e := Entry{
			File: name.Draw(t, "file"), Volume: name.Draw(t, "volume"), Location: name.Draw(t, "location"),
			Project: name.Draw(t, "project"), Path: rapid.String().Draw(t, "path"),
			Size: rapid.Int64Min(0).Draw(t, "size"), CopyOnly: rapid.Bool().Draw(t, "copy"),
			State:    rapid.SampledFrom([]platform.State{platform.Pending, platform.Completed, platform.Failed}).Draw(t, "state"),
			ExportID: name.Draw(t, "id"), Rule: name.Draw(t, "rule"),
		}
		e.Path = validText(e.Path)
		if rapid.Bool().Draw(t, "more") {
			e.StartedOn = moment.Draw(t, "started")
			e.Properties = platform.Properties{name.Draw(t, "key"): nil, "k": ptr(name.Draw(t, "value"))}
			e.Error = &Failure{Code: rapid.Int().Draw(t, "code"), Message: name.Draw(t, "message")}
		}
		return e
	})
}

func TestKeep(t *testing.T) {
	l := mustLoad(t, writeTemp(t, "x.lock.json", golden))
	aside := filepath.Join(t.TempDir(), "aside")
	l.Put(small("new", "v", "l", platform.Completed)) // which is not in the file yet
	if err := l.Keep(aside); err != nil || readFile(t, aside) != golden {
		t.Errorf("Keep: %v, the copy says %s", err, readFile(t, aside))
	}
}

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
