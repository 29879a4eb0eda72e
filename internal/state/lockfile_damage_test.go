package state

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLoadRefuses(t *testing.T) {
	const good = `{"file":"1","volume":"v","location":"l","copy_only":false,"state":"PENDING"`
	doc := func(lines ...string) string {
		return "{\"lockfile_version\":1,\n\"exports\":[\n" + strings.Join(lines, "\n") + "\n]}\n"
	}
	tests := []struct {
		name string
		text string
		line int
		want string // part of the message
	}{
		{"empty", "", 1, "it is empty"},
		{"blank", " \n\n", 1, "it is empty"},
		{"cut off", golden[:len(golden)/2], 6, "unexpected end of JSON input"},
		{"trailing garbage", golden + "{}", 8, "invalid character '{' after top-level value"},
		{"no comma", doc(good+"},", strings.Replace(good, "1", "2", 1)+"}", strings.Replace(good, "1", "3", 1)+"}"), 5, "after array element"},
		{"not UTF-8", doc(good+"}") + "\xff", 5, "not UTF-8"},
		{"not an object", "\n[]", 2, "it must be an object, not []"},
		{"null", "null", 1, "it must be an object, not null"},
		{"conflict", doc("<<<<<<< HEAD", good+"}", "=======", good+"}", ">>>>>>> main"), 3, "merge conflict"},
		{"half a conflict", doc(good+"},", ">>>>>>> main"), 4, "merge conflict"},
		{"no version", `{"exports":[]}`, 1, `"lockfile_version" is missing`},
		{"bad version", "{\"lockfile_version\":\n\"1\",\"exports\":[]}", 2, `"lockfile_version": it must be a version number`},
		{"version zero", `{"lockfile_version":0,"exports":[]}`, 1, "must be a version number"},
		{"newer", "{\n\"exports\":{\"other\":\"shape\"},\n\"lockfile_version\":2}", 3, "version 2, and this sbexport knows only up to 1"},
		{"no exports", `{"lockfile_version":1}`, 1, `"exports" is missing`},
		{"exports null", "{\"lockfile_version\":1,\n\"exports\":null}", 1, `"exports" is missing`},
		{"exports of another shape", "{\"lockfile_version\":1,\n\"exports\":{}}", 2, `"exports": it must be a list`},
		{"two exports", "{\"lockfile_version\":1,\"exports\":[],\n\"exports\":[]}", 2, `"exports" is there twice`},
		{"not an export", doc(good+"},", "7"), 4, "it must be an object, not 7"},
		{"twins", doc(good+"},", strings.Replace(good, "1", "2", 1)+"},", good+"}"), 5, `file "1" to "l" on "v" is there already, in line 3`},
		{"two states", doc(good + `,"state":"COMPLETED"}`), 3, `"state" is there twice`},
		{"two states, one null", doc(strings.Replace(good, `"state"`, `"state":null,"state"`, 1) + "}"), 3, `"state" is there twice`},
		{"two of an unknown", doc(good + `,"x":1,"x":2}`), 3, `"x" is there twice`},
		{"no file", doc(strings.Replace(good, `"file":"1",`, "", 1) + "}"), 3, `"file" is missing`},
		{"another case", doc(strings.Replace(good, "copy_only", "Copy_Only", 1) + "}"), 3, `"Copy_Only" must be written "copy_only"`},
		{"properties twice", doc(good + `,"properties":{"a":"1","a":"2"}}`), 3, `"properties": "a" is there twice`},
		{"error twice", doc(good + `,"error":{"code":1,"code":2,"message":"","permanent":true}}`), 3, `"error": "code" is there twice`},
		{"error in another case", doc(good + `,"error":{"Code":2,"message":"","permanent":true}}`), 3, `"error": "Code" must be written "code"`},
		{"file null", doc(strings.Replace(good, `"1"`, "null", 1) + "}"), 3, `"file" is missing`},
		{"no volume", doc(strings.Replace(good, `"volume":"v",`, "", 1) + "}"), 3, `"volume" is missing`},
		{"no location", doc(strings.Replace(good, `"location":"l",`, "", 1) + "}"), 3, `"location" is missing`},
		{"no state", doc(strings.Replace(good, `,"state":"PENDING"`, "", 1) + "}"), 3, `"state" is missing`},
		{"unknown state", doc(strings.Replace(good, "PENDING", "DONE", 1) + "}"), 3, `"state": it must be PENDING, RUNNING, COMPLETED or FAILED, not "DONE"`},
		{"empty state", doc(strings.Replace(good, "PENDING", "", 1) + "}"), 3, `"state": it must be`},
		{"state in lower case", doc(strings.Replace(good, "PENDING", "pending", 1) + "}"), 3, `"state": it must be`},
		{"size text", doc(good + `,"size":"1"}`), 3, `"size": it must be a whole number, not "1"`},
		{"size negative", doc(good + `,"size":-1}`), 3, `"size": it must not be negative`},
		{"size huge", doc(good + `,"size":1` + strings.Repeat("0", 99) + `}`), 3, `"size": it must be a whole number`},
		{"mode text", doc(good + `,"overwrite":"yes"}`), 3, `"overwrite": it must be true or false`},
		{"time", doc(good + `,"started_on":"yesterday"}`), 3, `"started_on": it must be a time`},
		{"path", doc(good + `,"path":[]}`), 3, `"path": it must be a string, not []`},
		{"rule", doc(good + `,"rule":1}`), 3, `"rule": it must be a string`},
		{"properties", doc(good + `,"properties":{"a":1}}`), 3, `"properties": "a": it must be a string, not 1`},
		{"error", doc(good + `,"error":"no"}`), 3, `"error": it must be an object, not "no"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := writeTemp(t, "x.lock.json", tt.text)
			l, err := Load(path)
			e, ok := errors.AsType[*FileError](err)
			if !ok || l != nil {
				t.Fatalf("Load = %v, %v, want nil and a FileError", l, err)
			}
			if e.Line != tt.line || !strings.Contains(e.Error(), tt.want) || e.Hint() == "" {
				t.Errorf("line %d: %v\nhint: %s\nwant line %d, %q", e.Line, e, e.Hint(), tt.line, tt.want)
			}
			if readFile(t, path) != tt.text {
				t.Error("the file was changed")
			}
		})
	}
}

// FuzzLockfile checks that whatever a lockfile holds, it is read or refused, and
// that what is read is what a rewrite says.
func FuzzLockfile(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(`{"lockfile_version":1,"x":{},"exports":[{"file":"1","volume":"v","location":"l","copy_only":true,"state":"FAILED","é":[1,{"a":"]"}]}]}`))
	f.Add([]byte("\uFEFF{\"exports\":[ ],\r\n\"lockfile_version\":1}"))
	f.Add([]byte("{\"lockfile_version\":1,\n\"exports\":[\n<<<<<<< a\n=======\n>>>>>>> b\n]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.lock.json")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Load(path)
		if err != nil {
			if e, ok := errors.AsType[*FileError](err); !ok || e.Hint() == "" {
				t.Fatalf("%v has no hint", err)
			}
			return
		}
		if _, err := l.Save(); err != nil || readFile(t, path) != string(data) {
			t.Fatalf("a save with nothing put touched the file (%v)", err)
		}
		other := full()
		other.Rule = "another" // so that something is put whatever the file has
		l.Put(other)
		l.Put(full())
		if _, err := l.Save(); err != nil {
			t.Fatal(err)
		}
		again, err := Load(path)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, readFile(t, path))
		}
		if diff := cmp.Diff(slices.Collect(l.All()), slices.Collect(again.All())); diff != "" {
			t.Fatalf("read back (-written +read):\n%s", diff)
		}
		first := readFile(t, path)
		again.Put(other)
		again.Put(full())
		if changed, err := again.Save(); err != nil || changed {
			t.Fatalf("writing again changed the bytes (%v, %v):\n%s\n%s", changed, err, first, readFile(t, path))
		}
	})
}
