package view

import (
	"fmt"

	"sbexport/internal/audit"
	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// AuditOptions are what the views of audits need beside the audit.
type AuditOptions struct {
	Lockfile string // the file the record is in
	Endpoint string // what to call the platform
	Requests int    // API requests that it took
	Full     bool   // show every file
}

// newAudit begins to show an audit.
func newAudit(s Stream, o AuditOptions) printer {
	p := newPrinter(s, o.Full)
	p.line(p.strong(Safe(o.Lockfile)), " on ", Safe(o.Endpoint))
	p.line()
	return p
}

// Verification shows what became of finished exports: those that are not in
// order, by finding and with what to do, and the totals in the last line.
func Verification(s Stream, a *audit.Verification, o AuditOptions) error {
	p := newAudit(s, o)
	p.verdicts(a.Verdicts)
	p.settling(a.Settling)
	totals := p.strong
	if a.InOrder < a.Checked {
		totals = p.wait
	}
	p.prose(0, totals, verificationTotals(a, o.Requests))
	return p.flush("what was verified")
}

// settling says of files that they are not shown as aliases yet.
func (p *printer) settling(n int) {
	if n > 0 {
		p.prose(0, p.wait, "warning: "+Number(n, "file")+" still shown on the platform, the export having just ended; counted as in order")
		p.line()
	}
}

// verificationTotals is the one line that sums a verification up.
func verificationTotals(a *audit.Verification, requests int) string {
	if a.Checked == 0 {
		return "Nothing to verify: no export is on record as completed."
	}
	text := Count(a.InOrder) + " in order"
	for _, f := range audit.Findings {
		text = list(text, some(a.Count(f), string(f)))
	}
	return fmt.Sprintf("Verified %s: %s; %s compared; %s", Number(a.Checked, "export"), text,
		Number(a.Sized, "size"), Number(requests, "request"))
}

// verdicts shows verdicts by finding.
func (p *printer) verdicts(all []audit.Verdict) {
	for _, g := range groupBy(all, func(v *audit.Verdict) audit.Finding { return v.Finding }) {
		p.prose(0, p.strong, fmt.Sprintf("%s (%s): %s", g.key, Count(len(g.items)), findingTitles[g.key]))
		p.rows(4, len(g.items), func(i int) row {
			v := g.items[i]
			return entry(p.bad("x"), &v.Entry, v.Key, v.Message)
		}, fullShowsAll)
		p.line()
	}
}

// findingTitles say in a clause what a finding means.
var findingTitles = map[audit.Finding]string{
	audit.Broken:     "the alias is there, its object is gone",
	audit.Missing:    "the copy is gone",
	audit.Changed:    "the object is not the one that was exported",
	audit.Moved:      "the file is an alias elsewhere",
	audit.Restored:   "the file is back on the platform",
	audit.Deleted:    "the file is gone",
	audit.Unreadable: "could not be looked at",
}

// entry is the row of an entry: which file, and where it was exported to.
func entry(sign string, e *state.Entry, key, said string) row {
	return row{sign: sign, from: path(e.Path, e.File), to: Safe(change.Place(e.Volume, key, e.Location)), said: Safe(said)}
}

// Standing shows where a plan's exports stand: what is open, has failed or has
// drifted, what no rule wants any more, and the totals in the last lines.
func Standing(s Stream, a *audit.Standing, o AuditOptions) error {
	p := newAudit(s, o)
	key := func(e *state.Entry) string { return a.Volumes.Key(e.Place()) }
	p.section("Open", len(a.Open), func(i int) row {
		j := &a.Open[i]
		r := entry(p.wait("~"), &j.Entry, key(&j.Entry), jobSentence(j))
		r.tail = jobState(j)
		return r
	})
	p.section("Not known", len(a.Unsettled), func(i int) row {
		e := &a.Unsettled[i].Entry
		return entry(p.wait("?"), e, key(e),
			"an apply is submitting them now, or ended before it saw the platform's answer; the next apply finds out what became of them")
	})
	p.failures(failedFiles(a.Failed, key))
	p.verdicts(a.Drifted)
	p.verdicts(a.Unreadable)
	p.section("No longer in the plan", len(a.Unplanned), func(i int) row {
		e := &a.Unplanned[i]
		return entry(p.faint("-"), e, key(e),
			"no rule wants these files at these places any more; what was exported stays where it is, and on record")
	})
	p.settling(a.Settling)
	totals := p.strong
	if len(a.Failed)+len(a.Drifted)+len(a.Unreadable) > 0 {
		totals = p.wait
	}
	p.prose(0, totals, standingTotals(a, o.Requests))
	if a.Unrecorded > 0 {
		p.prose(0, nil, Number(a.Unrecorded, "file")+" in place but not on record: sbexport adopt records that.")
	}
	if a.Todo > 0 {
		p.prose(0, nil, fmt.Sprintf("%s (%s) not exported yet: sbexport plan shows what would be done.", Number(a.Todo, "file"), Size(a.TodoBytes)))
	}
	return p.flush("the status")
}

// standingTotals is the one line that sums a standing up.
func standingTotals(a *audit.Standing, requests int) string {
	return fmt.Sprintf("Status: %s; %s done, %s", list(
		Count(a.Done)+" done",
		Count(len(a.Open)+len(a.Unsettled))+" open",
		Count(len(a.Failed))+" failed",
		Count(len(a.Drifted))+" drifted",
		some(len(a.Unreadable), "unreadable"),
		Count(len(a.Unplanned))+" no longer in the plan",
	), Size(a.DoneBytes), Number(requests, "request"))
}

// jobState is what the job of an open export does, in a word or two.
func jobState(j *audit.OpenJob) string {
	if j.State == "" {
		return "not known"
	}
	return Safe(string(j.State))
}

// jobSentence says how an export stands that is on record as open.
func jobSentence(j *audit.OpenJob) string {
	switch {
	case j.Entry.ExportID == "":
		return "it is not on record which job carries it; the next apply finds out"
	case j.State == "":
		return "its job cannot be read: " + clause(j.Err)
	case j.State == platform.Completed:
		return "its job has completed; the next apply records that"
	case j.State.Terminal():
		return "its job has failed: " + clause(j.Err) + "; the next apply records that, and tries again if it may help"
	}
	return "its job is " + string(j.State) + "; the next apply waits for it"
}

// failedFiles are entries that failed, as files of a run.
func failedFiles(entries []state.Entry, key func(*state.Entry) string) []FailedFile {
	failures := make([]FailedFile, len(entries))
	for i := range entries {
		e := &entries[i]
		failures[i] = FailedFile{
			Action:    &change.Action{File: e.File, Path: e.Path, Volume: e.Volume, Location: e.Location, Key: key(e)},
			Err:       e.Error.Refusal(),
			Permanent: e.Error != nil && e.Error.Permanent,
		}
	}
	return failures
}
