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
	if a.Settling > 0 {
		p.prose(0, p.wait, "warning: "+settling(a.Settling))
		p.line()
	}
	totals := p.strong
	if a.InOrder < a.Checked {
		totals = p.wait
	}
	p.prose(0, totals, verificationTotals(a, o.Requests))
	return p.flush("what was verified")
}

// settling says what it means that a file is not shown as an alias yet.
func settling(n int) string {
	if n == 1 {
		return "1 file is still shown on the platform although its export has just ended; it counts as in order"
	}
	return Count(n) + " files are still shown on the platform although their exports have just ended; they count as in order"
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

// verdicts shows verdicts, which are sorted by finding, in groups.
func (p *printer) verdicts(all []audit.Verdict) {
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Finding == all[0].Finding {
			n++
		}
		p.finding(all[:n])
		all = all[n:]
	}
}

// finding shows the verdicts of one finding.
func (p *printer) finding(all []audit.Verdict) {
	p.prose(0, p.strong, fmt.Sprintf("%s (%s): %s", all[0].Finding, Count(len(all)), findingTitle(all[0].Finding)))
	p.list(len(all),
		func(i int) { p.entry(p.bad("x"), &all[i].Entry, all[i].Key) },
		func(i int) string { return Safe(all[i].Message) })
	p.line()
}

// findingTitle says in a clause what a finding means.
func findingTitle(f audit.Finding) string {
	switch f {
	case audit.InOrder:
		return "as recorded"
	case audit.Broken:
		return "the alias is there, its object is gone"
	case audit.Missing:
		return "the copy is gone"
	case audit.Changed:
		return "the object is not the one that was exported"
	case audit.Moved:
		return "the file is an alias elsewhere"
	case audit.Restored:
		return "the file is back on the platform"
	case audit.Deleted:
		return "the file is gone"
	case audit.Unreadable:
		return "could not be looked at"
	}
	return ""
}

// entry shows one entry: which file, and where it was exported to.
func (p *printer) entry(sign string, e *state.Entry, key string) {
	p.pair(sign, path(e.Path, e.File), Safe(place(e.Volume, key, e.Location)), "")
}

// Standing shows where a plan's exports stand: what is open, has failed or has
// drifted, what no rule wants any more, and the totals in the last lines.
func Standing(s Stream, a *audit.Standing, o AuditOptions) error {
	p := newAudit(s, o)
	p.open(a.Open)
	p.unsettled(a.Unsettled)
	p.failed(a.Failed)
	p.verdicts(a.Drifted)
	p.verdicts(a.Unreadable)
	p.unplanned(a.Unplanned)
	if a.Settling > 0 {
		p.prose(0, p.wait, "warning: "+settling(a.Settling))
		p.line()
	}
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

// open shows the exports that have not ended, going by the record.
func (p *printer) open(jobs []audit.OpenJob) {
	p.section("Open", len(jobs),
		func(i int) { p.entry(p.wait("~"), &jobs[i].Entry, "") },
		func(i int) string { return Safe(jobSentence(&jobs[i])) })
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

// unsettled shows the submissions whose answers nobody has seen.
func (p *printer) unsettled(records []state.Record) {
	p.section("Not known", len(records),
		func(i int) { p.entry(p.wait("?"), &records[i].Entry, "") },
		func(int) string {
			return "an apply is submitting them now, or ended before it saw the platform's answer; the next apply finds out what became of them"
		})
}

// failed shows failed exports by cause, with the remedy.
func (p *printer) failed(entries []state.Entry) {
	failures := make([]FailedFile, len(entries))
	for i := range entries {
		e := &entries[i]
		failures[i] = FailedFile{
			Action:    &change.Action{File: e.File, Path: e.Path, Volume: e.Volume, Location: e.Location},
			Err:       e.Error.Refusal(),
			Permanent: e.Error != nil && e.Error.Permanent,
		}
	}
	p.failures(failures)
}

// unplanned shows what no rule wants any more.
func (p *printer) unplanned(entries []state.Entry) {
	p.section("No longer in the plan", len(entries),
		func(i int) { p.entry(p.faint("-"), &entries[i], "") },
		func(int) string {
			return "no rule wants these files at these places any more; what was exported stays where it is, and on record"
		})
}
