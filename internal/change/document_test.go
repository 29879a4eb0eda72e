package change_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
)

func text(s string) *string { return &s }

// sample is a document with every field set.
func sample() *change.Document {
	at := time.Date(2026, 11, 20, 10, 0, 0, 123456789, time.UTC)
	properties := map[string]*string{"sse_algorithm": text("AES256"), "aws_canned_acl": nil}
	action := func(kind change.Kind, name string) change.Action {
		return change.Action{
			Kind: kind, Rule: "r", File: "5f" + name, Project: "me/p", Path: "<results>/" + name + "&\u2028.bam", Size: 12,
			Volume: "me/v", Location: name, Key: "prefix/" + name, CopyOnly: kind == change.Copy,
			Overwrite: kind == change.Replace, Properties: properties, ModifiedOn: at,
		}
	}
	c := &change.Changeset{
		Actions: []change.Action{
			action(change.Export, "a"), action(change.Copy, "b"), action(change.Replace, "c"), action(change.Follow, "d"),
		},
		Unchanged: []change.Action{action(change.Unchanged, "e")},
		Blocked:   []change.Blocked{{Reason: change.Public, Rule: "r", File: "60", Project: "me/p", Path: "x", Size: 1, Volume: "me/v", Location: "x", Message: "leave it out", Tolerated: true}},
		Warnings:  []string{"careful", "the \"end\""},
		Requests:  9,
	}
	c.Savings = []change.Saving{{Rule: "r", Freed: 36, Copies: 12, PerMonth: new(0.5)}}
	c.Billed = []change.Billed{{Project: "me/p", Location: "aws:us-east-1", Active: change.Amount{Size: 12.5, Unit: "GB"}}}
	c.Actions[2].Replaces = &change.Object{Size: new(int64(7)), ETag: "e", MD5: "m", Generation: "1", ModifiedOn: at}
	c.Actions[3].ExportID = "job1"
	c.Unchanged[0].ExportID, c.Unchanged[0].Record, c.Unchanged[0].FinishedOn = "job0", true, at
	d := change.NewDocument(c, true)
	d.ToolVersion, d.CreatedOn, d.Endpoint = "1.2.3", at, "https://api.sbgenomics.com/v2"
	d.Plan = change.Digest{File: "sbexport.yaml", SHA256: "aa"}
	d.Lockfile = change.Digest{File: "sbexport.lock.json"}
	d.Options = change.Options{Only: []string{"r"}, Skip: []string{"s"}, RetryFailed: true, CheckVolume: true}
	return d
}

func written(tb testing.TB, d *change.Document) string {
	tb.Helper()
	var b strings.Builder
	if err := d.Write(&b); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func TestWriteIsOneActionALine(t *testing.T) {
	lines := strings.Split(written(t, sample()), "\n")
	for i, prefix := range []string{
		`{"format_version":1,`, `"tool_version":"1.2.3",`, `"created_on"`, `"endpoint"`, `"plan":{`, `"lockfile":{`, `"summary":{`, `"actions":[`, `{"action":"export"`, `{"action":"copy"`,
		`{"action":"replace"`, `{"action":"follow"`, `],`, `"blocked":[`, `{"reason":"public"`, `],`,
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], prefix) {
			t.Errorf("line %d does not begin with %s:\n%s", i+1, prefix, strings.Join(lines, "\n"))
			return
		}
	}
}

func TestNilListsAreWrittenAsEmptyOnes(t *testing.T) {
	got := written(t, &change.Document{FormatVersion: 1})
	for _, want := range []string{`"actions":[]`, `"blocked":[]`, `"warnings":[]`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	if strings.Contains(got, "null") || strings.Contains(got, "unchanged\":[") || strings.Contains(got, "options") {
		t.Errorf("got %s", got)
	}
}

func TestReadWhatWasWritten(t *testing.T) {
	for name, d := range map[string]*change.Document{
		"full": sample(), "unchanged not listed": {
			FormatVersion: 1, Summary: change.Summary{Unchanged: 7}, Actions: []change.Action{}, Blocked: []change.Blocked{}, Warnings: []string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := written(t, d)
			got, err := change.ReadDocument([]byte(want))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(d, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, written(t, got)); diff != "" {
				t.Errorf("written again (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	good := written(t, sample())
	swap := func(old, to string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the sample", old)
		}
		return strings.Replace(good, old, to, 1)
	}
	for _, test := range []struct{ name, document, why, hint string }{
		{"nothing", "", "not a saved plan", "plan --out"},
		{"yaml", "version: 1\n", "not a saved plan", "plan --out"},
		{"list", "[]", "not a saved plan", "plan --out"},
		{"lockfile", `{"lockfile_version":1,"exports":[]}`, "not a saved plan", "plan --out"},
		{"newer", swap(`"format_version":1`, `"format_version":2,"surprise":{"a":[1]}`), "format version is 2", "newer"},
		{"newer with another order", `{"actions":[],"surprise":{},"format_version":3}`, "format version is 3", "newer"},
		{"version zero", swap(`"format_version":1`, `"format_version":0`), "no format version 0", ""},
		{"version text", swap(`"format_version":1`, `"format_version":"1"`), `"format_version": it must be a whole number, not "1"`, ""},
		{"unknown key", swap(`"endpoint":`, `"extra":{"x":[1,2]},"endpoint":`), `"extra" is not known`, ""},
		{"unknown key of an action", swap(`"rule":"r"`, `"rule":"r","extra":1`), `"actions": element 1: "extra" is not known`, ""},
		{"key twice", swap(`"warnings":[`, `"blocked":[],"warnings":[`), `"blocked" is there twice`, ""},
		{"key missing", swap(`"tool_version":"1.2.3",`, ``), `"tool_version" is missing`, ""},
		{"null list", `{"format_version":1,"actions":null}`, `"actions" is missing`, ""},
		{"cut", good[:len(good)/2], "unexpected end of JSON input", "again"},
		{"cut before the end", strings.TrimSuffix(good, "}\n"), "unexpected end of JSON input", "again"},
		{"more after it", good + "{}", "after top-level value", ""},
		{"comma", swap(`"actions":[`, `"actions":[,`), `looking for beginning of value`, ""},
		{"key of an action twice", swap(`"size":12`, `"size":12,"size":12`), `"size" is there twice`, ""},
		{"key of an action in another case", swap(`"copy_only"`, `"Copy_Only"`), `"Copy_Only" must be written "copy_only"`, ""},
		{"key in another case", swap(`"endpoint":`, `"Endpoint":`), `"Endpoint" must be written "endpoint"`, ""},
		{"no project", swap(`"project":"me/p",`, ``), `"project" is missing`, ""},
		{"no copy_only", swap(`"copy_only":false,`, ``), `"copy_only" is missing`, ""},
		{"null project", swap(`"project":"me/p"`, `"project":null`), `"project": it must be a string, not null`, ""},
		{"key of the plan twice", swap(`"plan":{"file":"sbexport.yaml",`, `"plan":{"file":"sbexport.yaml","file":"x",`), `"file" is there twice`, ""},
		{"option twice", swap(`"retry_failed":true`, `"retry_failed":true,"retry_failed":false`), `"retry_failed" is there twice`, ""},
		{"property twice", swap(`"aws_canned_acl":null`, `"aws_canned_acl":null,"aws_canned_acl":"x"`), `"aws_canned_acl" is there twice`, ""},
		{"no rule", swap(`"rule":"r"`, `"rule":""`), "lacks its file, volume, location or rule", ""},
		{"another key", swap(`"key":"prefix/a"`, `"key":"prefix/b"`), "its key is not that of its location", ""},
		{"key that only ends alike", swap(`"key":"prefix/a"`, `"key":"prefixa"`), "its key is not that of its location", ""},
		{"overwriting move", swap(`"overwrite":false`, `"overwrite":true`), "does not say that it replaces one", ""},
		{"overwriting job", swap(`"overwrite":false,"properties":{"aws_canned_acl":null,"sse_algorithm":"AES256"},"export_id":"job1"`, `"overwrite":true,"export_id":"job1"`), "does not say that it replaces one", ""},
		{"move with a job", swap(`"overwrite":false`, `"overwrite":false,"export_id":"job"`), "names a job but follows none", ""},
		{"move that is done", swap(`"overwrite":false`, `"overwrite":false,"record":true`), "is done already", ""},
		{"move that has ended", swap(`"overwrite":false`, `"overwrite":false,"finished_on":"2026-01-02T03:04:05Z"`), "is done already", ""},
		{"work that is unchanged", strings.NewReplacer(`"5fe"`, `"5fa"`, `"location":"e"`, `"location":"a"`).Replace(good), "there is an action for the file", ""},
		{"no such reason", swap(`"reason":"public"`, `"reason":"Public"`), `there is no reason "Public"`, ""},
		{"no location", swap(`"location":"a"`, `"location":""`), "lacks its file, volume, location or rule", ""},
		{"negative size", swap(`"size":12`, `"size":-12`), "size is negative", ""},
		{"move and copy", swap(`"copy_only":false`, `"copy_only":true`), "a move and a copy at once", ""},
		{"copy and move", swap(`"copy_only":true`, `"copy_only":false`), "a copy and a move at once", ""},
		{"no overwrite", swap(`"overwrite":true`, `"overwrite":false`), "must not overwrite", ""},
		{"no job", swap(`"export_id":"job1",`, ``), "does not say which", ""},
		{"move of unknown mode", swap(`"overwrite":false`, `"overwrite":false,"mode_unknown":true`), "follows none", ""},
		{"move that is submitted again", swap(`"overwrite":false`, `"overwrite":false,"again":"export"`), "follows none", ""},
		{"job submitted again as a copy", swap(`"export_id":"job1"`, `"export_id":"job1","again":"copy"`), "again as something else", ""},
		{"move of an object that replaces none", swap(`"overwrite":false`, `"overwrite":false,"replaces":{"size":1}`), "replaces none", ""},
		{"object with more than is known", swap(`"replaces":{`, `"replaces":{"colour":"red",`), "colour", ""},
		{"unknown action", swap(`"action":"export"`, `"action":"delete"`), "not known", ""},
		{"unchanged as work", swap(`"action":"export"`, `"action":"unchanged"`), "no work", ""},
		{"work as unchanged", swap(`"action":"unchanged"`, `"action":"export"`), `"unchanged", element 1`, ""},
		{"no reason", swap(`"reason":"public"`, `"reason":""`), `no reason ""`, ""},
		{"action taken out", withoutLine(good, `{"action":"export"`), "do not agree", ""},
		{"summary", swap(`"export":1`, `"export":2`), "do not agree", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := change.ReadDocument([]byte(test.document))
			var refused *change.DocumentError
			if !errors.As(err, &refused) || d != nil {
				t.Fatalf("got %v, %v", d, err)
			}
			if !strings.Contains(err.Error(), test.why) || refused.Advice == "" || !strings.Contains(refused.Advice, test.hint) {
				t.Errorf("error %q, hint %q", err, refused.Advice)
			}
		})
	}
}

// withoutLine is text without its line that begins with prefix.
func withoutLine(text, prefix string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, prefix) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestSameTargetTwiceIsRefused(t *testing.T) {
	d := sample()
	d.Actions = append(d.Actions, d.Actions[0])
	d.Summary = d.Changeset().Summary()
	_, err := change.ReadDocument([]byte(written(t, d)))
	if err == nil || !strings.Contains(err.Error(), "to one place twice") {
		t.Errorf("got %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteErrorsAreReported(t *testing.T) {
	if err := sample().Write(brokenWriter{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
	d := sample()
	d.CreatedOn = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := d.Write(io.Discard); err == nil {
		t.Error("a year that JSON does not know is written")
	}
}
