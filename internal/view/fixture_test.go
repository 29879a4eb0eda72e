package view

import (
	"fmt"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// hostile is a file name that would do harm if it were printed as it is.
const hostile = "results/\x1b[2J\x1b[31mred\nline|two`<script>alert(1)</script>`\u202egnp.\xff"

func action(kind change.Kind, rule, name string, size int64) change.Action {
	return change.Action{
		Kind: kind, Rule: rule, File: fmt.Sprintf("5f%022x", len(name)), Project: "rfranklin/rna-seq",
		Path: "results/" + name, Size: size, Volume: "rfranklin/archive", Location: "vcf/" + name,
		Key: "cohort/vcf/" + name, CopyOnly: kind == change.Copy, Overwrite: kind == change.Replace,
	}
}

// mixed is a changeset with something of everything.
func mixed() *change.Changeset {
	c := &change.Changeset{
		Actions: []change.Action{
			action(change.Export, "variant-calls", "S1/a.vcf.gz", 1_234_567_890),
			action(change.Export, "variant-calls", "S1/a.vcf.gz.tbi", 1_234),
			action(change.Replace, "variant-calls", "S2/b.vcf.gz", 987_654_321),
			action(change.Follow, "variant-calls", "S3/c.vcf.gz", 5_000_000),
			action(change.Copy, "reports", "一覧/サンプル報告書の要約とその付録.html", 45_000),
			action(change.Export, "odd", "x", 7),
			action(change.Export, "long", "a/very/long/folder/name/that/never/ends/run-2026-11-20/final_final_v3/sample.bam", 7e12),
		},
		Unchanged: []change.Action{
			action(change.Unchanged, "variant-calls", "S4/d.vcf.gz", 10),
			action(change.Unchanged, "variant-calls", "S5/e.vcf.gz", 11),
		},
		Blocked: []change.Blocked{
			{Reason: change.Public, Rule: "refs", File: "5f01", Path: "ref/hg38.fa", Volume: "rfranklin/archive", Location: "ref/hg38.fa", Message: "public files stay on the platform; leave it out, or list \"public\" under tolerate", Tolerated: true},
			{Reason: change.Elsewhere, Rule: "variant-calls", File: "5f02", Path: "results/old.vcf.gz", Volume: "rfranklin/archive", Location: "vcf/old.vcf.gz", Message: "it is an alias to rfranklin/other:vcf/old.vcf.gz; change the rule's \"to\", or leave it out with \"exclude\""},
			{Reason: change.MissingValue, Rule: "odd", File: "5f03", Volume: "rfranklin/archive", Message: "the file has no metadata key \"sample_id\"; give a default, as in {metadata.sample_id|unknown}"},
			{Reason: change.MissingValue, Rule: "odd", File: "5f04", Volume: "rfranklin/archive", Message: "the file has no metadata key \"sample_id\"; give a default, as in {metadata.sample_id|unknown}"},
			{Reason: "novel", Rule: "odd", File: "5f05", Path: hostile, Volume: "rfranklin/archive", Location: hostile, Message: "because\x1b]0;title\x07"},
		},
		Warnings: []string{"rule \"empty\" matches nothing; did you mean **/*.BAM?", "tricky \x1b[31m" + hostile},
		Rules: []change.RuleCount{
			{Rule: "variant-calls", Selected: 7},
			{Rule: "reports", Selected: 1, Shadowed: 12},
			{Rule: "odd", Selected: 4},
			{Rule: "long", Selected: 1},
			{Rule: "refs", Selected: 1},
			{Rule: "empty"},
		},
		Requests: 9,
		Identity: change.Identity{
			User: "rfranklin", Projects: []string{"rfranklin/rna-seq"}, Selected: 14, Listed: 3400,
			Volumes: []change.Destination{{Volume: "rfranklin/archive", URL: "s3://franklin-lab/cohort"}},
		},
	}
	c.Actions[3].ExportID = "erand0md6gMeuLlhWTNVj192RsnOMgdB"
	c.Actions[5].Path = hostile
	c.Unchanged[1].Record = true
	c.Actions[2].Replaces = &change.Object{Size: new(int64(77_000_000)), ModifiedOn: time.Date(2024, 3, 1, 9, 0, 0, 0, time.UTC)}
	return c
}

// stored is a changeset with storage properties of all kinds.
func stored() *change.Changeset {
	text := func(s string) *string { return &s }
	c := &change.Changeset{Requests: 3}
	for _, a := range []struct {
		kind       change.Kind
		rule       string
		properties platform.Properties
	}{
		{change.Export, "open", platform.Properties{"aws_canned_acl": text("public-read"), "aws_storage_class": text("STANDARD")}},
		{change.Copy, "open", platform.Properties{"aws_canned_acl": text("public-read"), "aws_storage_class": text("STANDARD")}},
		{change.Copy, "wide", platform.Properties{"aws_canned_acl": text("public-read-write")}},
		{change.Copy, "aws", platform.Properties{"aws_canned_acl": text("authenticated-read"), "sse_algorithm": nil}},
		{change.Replace, "cold", platform.Properties{"aws_storage_class": text("GLACIER"), "sse_aws_kms_key_id": text("k\x1b[31m|")}},
		{change.Export, "plain", nil},
		{change.Export, "own", platform.Properties{"aws_canned_acl": text("private"), "aws_storage_class": nil}},
		{change.Follow, "open job", platform.Properties{"aws_canned_acl": text("public-read")}},
	} {
		one := action(a.kind, a.rule, a.rule, 1000)
		one.Properties = a.properties
		c.Actions = append(c.Actions, one)
	}
	return c
}

// many is a changeset of n moves in one rule, with a replacement far down.
func many(n int) *change.Changeset {
	c := &change.Changeset{Rules: []change.RuleCount{{Rule: "all", Selected: n}}, Requests: 3}
	for i := range n {
		c.Actions = append(c.Actions, action(change.Export, "all", fmt.Sprintf("file-%06d.bam", i), 25_000_000))
	}
	c.Actions[n-1] = action(change.Replace, "all", "last.bam", 1)
	return c
}

// ended is the result of a run of the mixed changeset.
func ended() *Result {
	c := mixed()
	exists := &platform.Error{Status: 409, Code: 9107, Message: "Location on the volume already contains a file."}
	return &Result{
		Changeset: c,
		Counts:    Counts{Files: 7, Bytes: 9e12, Done: 2, DoneBytes: 2_345_000_000, Failed: 4, Open: 1},
		Failures: []FailedFile{
			{Action: &c.Actions[0], Err: nil},
			{Action: &c.Actions[4], Err: exists, Permanent: true},
			{Action: &c.Actions[5], Err: exists, Permanent: true},
			{Action: &c.Actions[6], Err: &platform.Error{Message: "not moved, because its copy to me/v:x failed"}},
		},
		Requests: 1234, Duration: 754 * time.Second, Exit: 3, Lockfile: "sbexport.lock.json",
	}
}

// fixed is the size of a terminal of so many columns.
func fixed(columns int) func() int { return func() int { return columns } }
