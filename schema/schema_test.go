package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"sbexport/internal/change"
	"sbexport/schema"
)

// decode reads JSON, numbers as they are written.
func decode(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestDescriptions asks for what an editor needs: every property explained, and
// an identifier that claims no web host.
func TestDescriptions(t *testing.T) {
	for name, text := range map[string][]byte{
		"plan": schema.Plan(), "lockfile": schema.Lockfile(), "saved-plan": schema.SavedPlan(),
	} {
		doc := decode(t, string(text)).(map[string]any)
		if got, want := doc["$schema"], "https://json-schema.org/draft/2020-12/schema"; got != want {
			t.Errorf("%s: $schema is %v, want %v", name, got, want)
		}
		if id, _ := doc["$id"].(string); id != "urn:sbexport:schema:"+name+":1" {
			t.Errorf("%s: $id is %q", name, id)
		}
		if n := undescribed(t, name, doc, ""); n < 10 {
			t.Errorf("%s: looked at %d properties only", name, n)
		}
	}
}

// undescribed walks a schema and reports properties without a description.
// Parts under "then" and "else" add conditions to properties described elsewhere.
func undescribed(t *testing.T, name string, node map[string]any, path string) (properties int) {
	t.Helper()
	for key, sub := range node {
		switch key {
		case "$defs":
			for def, d := range sub.(map[string]any) {
				properties += undescribed(t, name, d.(map[string]any), path+"/"+def)
			}
		case "properties":
			for property, p := range sub.(map[string]any) {
				properties++
				p := p.(map[string]any)
				if d, _ := p["description"].(string); len(d) < 10 || !strings.HasSuffix(d, ".") {
					t.Errorf("%s: %s/%s has no description that is a sentence: %q", name, path, property, d)
				}
				properties += undescribed(t, name, p, path+"/"+property)
			}
		case "items", "additionalProperties":
			if sub, ok := sub.(map[string]any); ok {
				properties += undescribed(t, name, sub, path+"/"+key)
			}
		}
	}
	return properties
}

func TestReasonsMatchTheTool(t *testing.T) {
	doc := decode(t, string(schema.Plan())).(map[string]any)
	enum := doc["$defs"].(map[string]any)["reason"].(map[string]any)["enum"].([]any)
	var got []change.Reason
	for _, e := range enum {
		got = append(got, change.Reason(e.(string)))
	}
	if diff := cmp.Diff(change.Reasons, got); diff != "" {
		t.Errorf("the schema's reasons differ (-tool +schema):\n%s", diff)
	}
}

const goodPlan = `{"version": 1, "project": "a/b", "volume": "c/d", "exports": [{"match": "x", "to": "y"}]}`

func TestCheckPlan(t *testing.T) {
	rules := func(rules string) string {
		return `{"version": 1, "project": "a/b", "volume": "c/d", "exports": [` + rules + `]}`
	}
	tests := map[string]struct {
		plan string
		want []schema.Violation
	}{
		"good": {goodPlan, nil},
		"unknown keys": {rules(`{"file": "a", "to": "b", "overwrit": true, "zzz": 1}`), []schema.Violation{
			{Path: []string{"exports", "0", "overwrit"}, Key: true, Message: `unknown key "overwrit"`, Hint: `did you mean "overwrite"?`},
			{Path: []string{"exports", "0", "zzz"}, Key: true, Message: `unknown key "zzz"`, Hint: "this rule may have the keys copy_only, exclude, file, match, name, outputs, overwrite, project, projects, properties, secondary_files, tasks, to, tolerate, volume, where"},
		}},
		"strange keys": {rules(`{"file": "a", "to": "b", "a/b~c %'\"": 1}`), []schema.Violation{
			{Path: []string{"exports", "0", `a/b~c %'"`}, Key: true, Message: `unknown key "a/b~c %'\""`, Hint: "this rule may have the keys copy_only, exclude, file, match, name, outputs, overwrite, project, projects, properties, secondary_files, tasks, to, tolerate, volume, where"},
		}},
		"strange metadata key": {rules(`{"match": "a", "to": "b", "where": {"metadata": {"a/b~c %": null}}}`), []schema.Violation{
			{Path: []string{"exports", "0", "where", "metadata", "a/b~c %"}, Message: `"a/b~c %" is empty, but must be text, a number, true/false or a list`, Hint: "give it a value, or remove the line"},
		}},
		"long text is cut": {rules(`{"file": "a", "to": "b", "copy_only": "` + strings.Repeat("é", 100) + `"}`), []schema.Violation{
			{Path: []string{"exports", "0", "copy_only"}, Message: `"copy_only" must be true or false, not "` + strings.Repeat("é", 60) + `"…`},
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := schema.CheckPlan(decode(t, test.plan))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("violations differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOrder runs one broken plan many times: the library's own order is random.
func TestOrder(t *testing.T) {
	broken := decode(t, `{"version": 2, "a": 1, "b": 2, "c": 3, "limits": {"files": "x", "bytes": "y", "overwrites": "z"},
		"exports": [{"match": "a", "to": 1, "name": 2, "volume": "v", "project": "p"}]}`)
	first, err := schema.CheckPlan(broken)
	if err != nil || len(first) != 11 {
		t.Fatalf("got %d violations, want 11 (error: %v): %v", len(first), err, first)
	}
	for range 50 {
		again, err := schema.CheckPlan(broken)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatalf("the order changed (-first +again):\n%s", diff)
		}
	}
}

// TestLongLists has violations deep inside lists that are checked in chunks.
func TestLongLists(t *testing.T) {
	rules := make([]any, 1000)
	for i := range rules {
		rules[i] = map[string]any{"match": "a", "to": "b"}
	}
	ids := make([]any, 1000)
	for i := range ids {
		ids[i] = "abc"
	}
	ids[0], ids[401], ids[999] = "a/b", "", 7.5
	rules[3] = map[string]any{"file": ids, "to": "b", "tolerate": []any{"public"}}
	rules[200] = map[string]any{"match": "a"}
	rules[750] = map[string]any{"file": ids, "to": "b"}
	rules[999] = map[string]any{"match": "a", "to": "b", "volume": "v/w", "extra": nil}
	got, err := schema.CheckPlan(map[string]any{"version": int64(1), "project": "a/b", "exports": rules})
	if err != nil {
		t.Fatal(err)
	}
	volumes := 0
	var where []string
	for _, v := range got {
		if strings.Contains(v.Message, `has no "volume"`) {
			volumes++
			continue
		}
		where = append(where, strings.Join(v.Path, "."))
	}
	if volumes != 999 {
		t.Errorf("%d rules lack a volume, want 999", volumes)
	}
	want := []string{
		"exports.3.file.0", "exports.3.file.401", "exports.3.file.999", "exports.200",
		"exports.750.file.0", "exports.750.file.401", "exports.750.file.999", "exports.999.extra",
	}
	if diff := cmp.Diff(want, where); diff != "" {
		t.Errorf("places differ (-want +got):\n%s", diff)
	}
}

// TestBounded is a document that is wrong everywhere.
func TestBounded(t *testing.T) {
	ids := make([]any, 300_000)
	for i := range ids {
		ids[i] = "a/b"
	}
	rules := []any{map[string]any{"file": ids, "to": "b", "volume": "c/d"}}
	got, err := schema.CheckPlan(map[string]any{"version": 1, "exports": rules})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) < 10_000 || len(got) > 11_000 {
		t.Errorf("got %d violations, want about 10000", len(got))
	}
}

func TestNotJSON(t *testing.T) {
	if _, err := schema.CheckPlan(map[string]any{"version": time.Now()}); err == nil {
		t.Error("a value that JSON does not have was taken")
	}
}

func TestLockfile(t *testing.T) {
	good := `{"lockfile_version":1,
"exports":[
{"file":"567890abc8a5639cc6722063","project":"rfranklin/rna-seq","path":"results/a.vcf.gz","size":1234,"volume":"rfranklin/archive","location":"vcf/S1/a.vcf.gz","copy_only":false,"properties":{"sse_algorithm":"AES256","aws_canned_acl":null},"state":"COMPLETED","export_id":"x","rule":"r","started_on":"2024-01-01T00:00:00Z","finished_on":"2024-01-01T00:00:00Z","from_a_newer_version":[1]},
{"file":"f","volume":"v/w","location":"l","state":"FAILED","error":{"code":9107,"status":409,"message":"m","permanent":true}}
],"from_a_newer_version":true}`
	if got := violations(t, lockfileSchema, decode(t, good)); len(got) > 0 {
		t.Errorf("a good lockfile has violations at %v", got)
	}
	got := violations(t, lockfileSchema, decode(t, `{"lockfile_version": 2, "exports": [{"file": "", "state": "completed", "size": -1, "volume": "v", "location": "l"}, 1]}`))
	want := []string{
		"/exports/0/file minLength", "/exports/0/size minimum", "/exports/0/state enum", "/exports/1 type", "/lockfile_version const",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations differ (-want +got):\n%s", diff)
	}
}

var lockfileSchema = jsonschema.MustCompileString("lockfile.json", string(schema.Lockfile()))

var savedPlanSchema = jsonschema.MustCompileString("saved-plan.json", string(schema.SavedPlan()))

// violations checks a document against a schema and says, for each violation,
// where it is and of which keyword.
func violations(t *testing.T, s *jsonschema.Schema, document any) []string {
	t.Helper()
	var invalid *jsonschema.ValidationError
	if err := s.Validate(document); err != nil && !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	var list []string
	var collect func(e *jsonschema.ValidationError)
	collect = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			collect(cause)
		}
		if len(e.Causes) == 0 {
			list = append(list, e.InstanceLocation+" "+path.Base(e.KeywordLocation))
		}
	}
	if invalid != nil {
		collect(invalid)
	}
	slices.Sort(list)
	return list
}

// savedPlan is a saved plan with every member, and one of each kind of action.
func savedPlan(t *testing.T) string {
	t.Helper()
	now, aes := time.Date(2024, 1, 31, 12, 0, 0, 0, time.UTC), "AES256"
	c := &change.Changeset{Warnings: []string{"w"}, Requests: 9}
	for _, kind := range append(slices.Clone(change.Kinds), change.Unchanged) {
		a := change.Action{
			Kind: kind, Rule: "r", File: string(kind), Project: "a/b", Path: "p", Size: 1, Volume: "v/w", Location: "l", Key: "k/l",
			CopyOnly: kind == change.Copy, Overwrite: kind == change.Replace, ModifiedOn: now,
			Properties: map[string]*string{"sse_algorithm": &aes, "aws_canned_acl": nil},
		}
		if kind == change.Follow {
			a.ExportID, a.FinishedOn, a.Again = "x", now, change.Export
		}
		if kind == change.Unchanged {
			a.ExportID, a.FinishedOn, a.Record = "x", now, true
			c.Unchanged = append(c.Unchanged, a)
			continue
		}
		c.Actions = append(c.Actions, a)
	}
	for _, reason := range change.Reasons {
		c.Blocked = append(c.Blocked, change.Blocked{
			Reason: reason, Rule: "r", File: "f", Project: "a/b", Path: "p", Size: 1, Volume: "v/w", Message: "m", Tolerated: true,
		})
	}
	d := change.NewDocument(c, true)
	d.ToolVersion, d.CreatedOn, d.Endpoint = "v", now, "https://api.sbgenomics.com/v2"
	d.Plan = change.Digest{File: "sbexport.yaml", SHA256: strings.Repeat("0a", 32)}
	d.Options = change.Options{Only: []string{"a"}, Skip: []string{"b"}, RetryFailed: true, CheckVolume: true}
	var text strings.Builder
	if err := d.Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestSavedPlan holds the document that the program writes against the schema
// that it prints, and that schema against the program's own reader: what is left
// out, added or null is refused by both or by neither.
func TestSavedPlan(t *testing.T) {
	var empty strings.Builder
	if err := (&change.Document{FormatVersion: 1}).Write(&empty); err != nil {
		t.Fatal(err)
	}
	text := savedPlan(t)
	for _, text := range []string{text, empty.String()} {
		if why := refusals(t, decode(t, text)); why != [2]string{} {
			t.Errorf("refused %q: %s", why, text)
		}
	}
	root, tried := decode(t, text), 0
	disturb(root, "", func(what string) {
		tried++
		why := refusals(t, root)
		// The reader also refuses what contradicts itself.
		shape := regexp.MustCompile("missing|null|not known|it must be").MatchString(why[1])
		if (why[0] != "") != shape {
			t.Errorf("%s: the schema says %q, the reader %q", what, why[0], why[1])
		}
	})
	if tried < 500 {
		t.Errorf("only %d documents were tried", tried)
	}
	broken := violations(t, savedPlanSchema, decode(t, strings.NewReplacer(`"sha256":"0a`, `"sha256":"zz`, `"bytes":`, `"bytes":-`).Replace(text)))
	if diff := cmp.Diff([]string{"/plan/sha256 pattern", "/summary/bytes minimum"}, broken); diff != "" {
		t.Errorf("violations differ (-want +got):\n%s", diff)
	}
}

// refusals says why the schema and the reader refuse a saved plan, if they do.
func refusals(t *testing.T, document any) (why [2]string) {
	t.Helper()
	why[0] = strings.Join(violations(t, savedPlanSchema, document), "; ")
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := change.ReadDocument(text); err != nil {
		why[1] = err.Error()
	}
	return why
}

// disturb calls try for every member of every object in a document, while it is
// left out and while it is null, and with one member more in each object.
func disturb(node any, path string, try func(what string)) {
	switch v := node.(type) {
	case []any:
		for i, e := range v {
			disturb(e, fmt.Sprintf("%s.%d", path, i), try)
		}
	case map[string]any:
		for key, e := range maps.Clone(v) {
			disturb(e, path+"."+key, try)
			delete(v, key)
			try(path + "." + key + " left out")
			v[key] = nil
			try(path + "." + key + " null")
			v[key] = e
		}
		v["surprise"] = json.Number("1")
		try(path + " with one member more")
		delete(v, "surprise")
	}
}

func TestPlanTypes(t *testing.T) {
	tests := []struct {
		path string
		want []string
	}{
		{"version", []string{"integer"}},
		{"copy_only", []string{"boolean"}},
		{"limits.files", []string{"integer"}},
		{"limits.bytes", []string{"string", "integer"}},
		{"exports.17.overwrite", []string{"boolean"}},
		{"exports.0.file", []string{"string", "array"}},
		{"exports.0.file.3", []string{"string"}},
		{"exports.0.where.metadata.anything", []string{"string", "number", "boolean", "array"}},
		{"properties.sse_algorithm", []string{"string", "null"}},
		{"no.such", nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, schema.PlanTypes(strings.Split(test.path, "."))); diff != "" {
			t.Errorf("%s: types differ (-want +got):\n%s", test.path, diff)
		}
	}
}

func TestNearest(t *testing.T) {
	options := []string{"overwrite", "volume", "to", "copy_only", "eu"}
	tests := map[string]string{
		"overwrit": "overwrite", "OVERWRITE": "overwrite", "voulme": "volume", "ot": "to", "copyonly": "copy_only",
		"xyz": "", "": "", "to": "to", strings.Repeat("volume", 1000): "", "uk": "",
	}
	for word, want := range tests {
		if got := schema.Nearest(word, options); got != want {
			t.Errorf("Nearest(%.20q) = %q, want %q", word, got, want)
		}
	}
}

// TestTextsAreCopies keeps a caller from changing the schema for all.
func TestTextsAreCopies(t *testing.T) {
	clear(schema.Plan())
	if !bytes.Contains(schema.Plan(), []byte("exports")) {
		t.Error("changing the returned text changed the schema")
	}
}
