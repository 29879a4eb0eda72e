package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sbexport/internal/audit"
	"sbexport/internal/platform"
	"sbexport/internal/starter"
	"sbexport/internal/state"
)

func entryOf(name string, s platform.State) state.Entry {
	return state.Entry{
		File: fmt.Sprintf("5f%022x", len(name)), Project: "rfranklin/rna-seq", Path: "results/" + name, Size: 1_234_567,
		Volume: "rfranklin/archive", Location: "vcf/" + name, State: s, Rule: "variant-calls",
		ExportID: "erand0md6gMeuLlhWTNVj192RsnOMgdB", FinishedOn: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
}

func verdict(f audit.Finding, name, message string) audit.Verdict {
	return audit.Verdict{Entry: entryOf(name, platform.Completed), Finding: f, Key: "cohort/vcf/" + name, Message: message}
}

// audited is a verification with something of everything.
func audited() *audit.Verification {
	const gone = "the object is no longer on the volume, and the platform's own copy went with the export"
	hidden := verdict(audit.Unreadable, hostile, "the place on the volume cannot be looked at: "+hostile)
	hidden.Entry.Path, hidden.Entry.Volume, hidden.Entry.Location, hidden.Key = hostile, hostile, hostile, ""
	changed := verdict(audit.Changed, "S3/c.vcf.gz", "the object has 0 bytes, and 1234567 were exported")
	changed.FoundSize = new(int64(0))
	moved := verdict(audit.Moved, "S4/d.vcf.gz", "the file is an alias to rfranklin/other:x now")
	moved.Found = platform.Place{Volume: "rfranklin/other", Location: "x"}
	return &audit.Verification{Checked: 1207, InOrder: 1200, Sized: 1204, Settling: 2, Verdicts: []audit.Verdict{
		verdict(audit.Broken, "S1/a.vcf.gz", gone), verdict(audit.Broken, "S2/b.vcf.gz", gone),
		verdict(audit.Missing, "a/very/long/folder/name/that/never/ends/run-2026-11-20/final_final_v3/sample.bam", "it is gone"),
		changed, moved, verdict(audit.Deleted, "一覧/サンプル報告書の要約.html", "the file is no longer in its project"), hidden,
	}}
}

var auditOptions = AuditOptions{Lockfile: "sbexport.lock.json", Endpoint: "https://cavatica-api.sbgenomics.com/v2", Requests: 34}

func TestVerification(t *testing.T) {
	eachStream(t, "audit/verification", func(s Stream) error { return Verification(s, audited(), auditOptions) })
}

func standing() *audit.Standing {
	failed := func(name string, code int, permanent bool) state.Entry {
		e := entryOf(name, platform.Failed)
		e.Error = &state.Failure{Code: code, Message: "said " + name, Permanent: permanent}
		return e
	}
	nameless, silent := entryOf("nameless.bam", platform.Pending), entryOf("silent.bam", platform.Failed)
	nameless.ExportID = ""
	running := entryOf("running.bam", platform.Running)
	return &audit.Standing{
		Done: 1200, DoneBytes: 9e12, Settling: 1,
		Open: []audit.OpenJob{
			{Entry: running, State: platform.Running},
			{Entry: running, State: platform.Running},
			{Entry: running, State: platform.Completed},
			{Entry: nameless},
			{Entry: running, State: platform.Failed, Err: &platform.Error{Code: 9107}},
			{Entry: running, Err: &platform.Error{Status: 403, Code: 9005}},
		},
		Failed:     []state.Entry{failed("p.bam", 9006, true), failed("q.bam", 9006, true), failed("r.bam", 9100, false), silent},
		Drifted:    []audit.Verdict{verdict(audit.Restored, "back.bam", "the platform holds the file's bytes itself again")},
		Unreadable: []audit.Verdict{verdict(audit.Unreadable, "secret.bam", "the file cannot be read")},
		Unplanned:  []state.Entry{entryOf("old.bam", platform.Completed)},
		Unsettled:  []state.Record{{Type: state.Intent, Entry: entryOf("sent.bam", "")}},
		Unrecorded: 1, Todo: 3, TodoBytes: 12_000_000,
	}
}

func TestStanding(t *testing.T) {
	eachStream(t, "audit/standing", func(s Stream) error { return Standing(s, standing(), auditOptions) })
}

func TestAuditJSON(t *testing.T) {
	h := Header{FormatVersion: 1, ToolVersion: "1.2.3", CreatedOn: time.Unix(0, 0).UTC(), Endpoint: "https://x/v2"}
	var b bytes.Buffer
	for name, write := range map[string]func() error{
		"audit/verification.json": func() error { return VerificationJSON(&b, h, audited(), 34) },
		"audit/standing.json":     func() error { return StandingJSON(&b, h, standing(), 5) },
		"audit/nothing.json":      func() error { return StandingJSON(&b, h, &audit.Standing{}, 5) },
	} {
		b.Reset()
		if err := write(); err != nil {
			t.Fatal(err)
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, b.Bytes(), "", "  "); err != nil {
			t.Fatal(err)
		}
		golden(t, name, pretty.String())
	}
}

func TestAdoption(t *testing.T) {
	c := mixed()
	adopted := []audit.Adoption{{Action: &c.Unchanged[0], By: audit.ByAlias}, {Action: &c.Actions[4], By: audit.ByObject}, {Action: &c.Actions[5], By: audit.ByJob}}
	doubts := []audit.Doubt{{Action: &c.Actions[6], Message: "there is an object of 5 bytes, and the file has 7000000000000"}}
	eachStream(t, "audit/adoption", func(s Stream) error {
		return Adoption(s, adopted, doubts, AdoptionOptions{AuditOptions: auditOptions})
	})
	for _, tt := range []struct {
		adopted []audit.Adoption
		dry     bool
		want    string
	}{
		{nil, false, "Nothing to adopt: everything that is exported is on record; 34 requests"},
		{nil, true, "Nothing to adopt: everything that is exported is on record; 34 requests"},
		{adopted[:1], true, "Would adopt 1 file (1 by alias); 34 requests"},
		{adopted[:2], false, "Adopted 2 files into sbexport.lock.json (1 by alias, 1 by their object); 34 requests"},
	} {
		if got := adoptionTotals(tt.adopted, nil, AdoptionOptions{auditOptions, tt.dry}); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestManifest(t *testing.T) {
	plain := entryOf("plain.vcf", platform.Completed)
	plain.ExportID, plain.FinishedOn = "", time.Time{}
	odd := entryOf("odd.vcf", platform.Completed)
	odd.Path, odd.CopyOnly = "results/a,b\t\"c\"\r\nd\n.vcf", true
	rows := []audit.Row{
		{Entry: plain},
		{Entry: odd, Key: "cohort/vcf/odd.vcf", File: &platform.File{
			Task: "T1", Tags: []string{"final", "a;b"},
			Metadata: map[string][]string{"sample_id": {"S1"}, "lanes": {"L1", "L2"}, "note, long": {"=1+1"}},
		}},
		{Entry: plain, File: &platform.File{Metadata: map[string][]string{"sample_id": {" é "}}}},
	}
	const (
		csvHead = "path,project,volume,location,key,size,file,mode,state,export_id,finished_on,task,tags,metadata.lanes,\"metadata.note, long\",metadata.sample_id\r\n"
		place   = "rfranklin/rna-seq,rfranklin/archive,vcf/"
		file    = "5f0000000000000000000009"
		oddFile = "5f0000000000000000000007"
	)
	want := csvHead +
		"results/plain.vcf," + place + "plain.vcf,,1234567," + file + ",move,COMPLETED,,,,,,,\r\n" +
		"\"results/a,b\t\"\"c\"\"\r\nd\n.vcf\"," + place + "odd.vcf,cohort/vcf/odd.vcf,1234567," + oddFile +
		",copy,COMPLETED,erand0md6gMeuLlhWTNVj192RsnOMgdB,2026-03-01T12:00:00Z,T1,final;a;b,L1;L2,=1+1,S1\r\n" +
		"results/plain.vcf," + place + "plain.vcf,,1234567," + file + ",move,COMPLETED,,,,,,, é \r\n"
	var b bytes.Buffer
	if err := Manifest(&b, rows, ','); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("CSV:\n%q\nwant\n%q", b.String(), want)
	}
	b.Reset()
	if err := Manifest(&b, rows[:1], '\t'); err != nil {
		t.Fatal(err)
	}
	wantTSV := strings.ReplaceAll("path,project,volume,location,key,size,file,mode,state,export_id,finished_on,task,tags\n"+
		"results/plain.vcf,"+place+"plain.vcf,,1234567,"+file+",move,COMPLETED,,,,\n", ",", "\t")
	if b.String() != wantTSV {
		t.Errorf("TSV:\n%q\nwant\n%q", b.String(), wantTSV)
	}

	b.Reset()
	if err := ManifestLines(&b, rows[:2]); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	wantLines := []string{
		`{"path":"results/plain.vcf","project":"rfranklin/rna-seq","volume":"rfranklin/archive","location":"vcf/plain.vcf","size":1234567,` +
			`"file":"` + file + `","mode":"move","state":"COMPLETED","tags":[],"metadata":{}}`,
		`{"path":"results/a,b\t\"c\"\r\nd\n.vcf","project":"rfranklin/rna-seq","volume":"rfranklin/archive","location":"vcf/odd.vcf",` +
			`"key":"cohort/vcf/odd.vcf","size":1234567,"file":"` + oddFile + `","mode":"copy","state":"COMPLETED",` +
			`"export_id":"erand0md6gMeuLlhWTNVj192RsnOMgdB","finished_on":"2026-03-01T12:00:00Z","task":"T1","tags":["final","a;b"],` +
			`"metadata":{"lanes":["L1","L2"],"note, long":"=1+1","sample_id":"S1"}}`,
		"",
	}
	for i, want := range wantLines {
		if lines[i] != want {
			t.Errorf("line %d:\n%s\nwant\n%s", i+1, lines[i], want)
		}
	}
}

func TestStarterPlan(t *testing.T) {
	s := &starter.Plan{
		Project: "rfranklin/rna-seq", Leftover: []starter.Leftover{{File: starter.File{File: &platform.File{ID: "5f02"}, Path: hostile, Volume: "v", Location: "/x"}, Message: "no"}},
		Entries: []state.Entry{entryOf("a", platform.Completed)},
		Rules: []starter.Rule{
			{Name: "archive-1", Volume: "rfranklin/archive", Match: []string{"results/**", `odd "$x" é/*`}, Exclude: []string{"**/tmp/**"}, To: "vcf/{name}", Takes: 1200},
			{Name: "archive-2", Volume: "rfranklin/archive", Files: []string{"5f01"}, To: "{{x}}", Takes: 1},
			{Name: "m", Volume: "rfranklin/archive", Match: []string{"a/*"}, Where: starter.Condition{Kind: "metadata", Key: "sample_type", Values: []string{"Tumor", "a$"}}, To: "{name}", Takes: 3},
			{Name: "t", Volume: "rfranklin/archive", Match: []string{"a/*"}, Where: starter.Condition{Kind: "tags", Values: []string{"final"}}, To: "{name}", Takes: 3},
			{Name: "d", Volume: "rfranklin/archive", Match: []string{"a/*"}, Where: starter.Condition{Kind: "older_than", Values: []string{"2024-01-31T12:00:00Z"}}, To: "{name}", Takes: 3},
		},
	}
	var b bytes.Buffer
	if err := StarterPlan(&b, s, "cavatica"); err != nil {
		t.Fatal(err)
	}
	golden(t, "audit/starter.yaml", b.String())
	s.Rules[4].Volume = "rfranklin/backup"
	b.Reset()
	if err := StarterPlan(&b, s, ""); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Contains(text, "\nvolume:") || strings.Contains(text, "platform") || strings.Count(text, "\n    volume:") != len(s.Rules) {
		t.Errorf("with two volumes:\n%s", text)
	}
	eachStream(t, "audit/starter", func(w Stream) error { return StarterSummary(w, s, "sbexport.yaml", auditOptions) })

	b.Reset()
	if err := StarterJSON(&b, Header{}, s, AdoptionOptions{AuditOptions: auditOptions, DryRun: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"dry_run":true,"summary":{"adopted":1,"left_out":1,"requests":34,"rules":5},"adopted":[{"by":"alias","file":`) {
		t.Errorf("as JSON: %s", b.String())
	}
}
