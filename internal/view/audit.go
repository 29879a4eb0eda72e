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

// auditView shows one audit.
type auditView struct {
	printer

	full bool
	keep int // rows of a group; negative for all
}

func newAuditView(s Stream, o AuditOptions) auditView {
	v := auditView{printer: newPrinter(s), full: o.Full, keep: maxRows}
	if o.Full {
		v.keep = -1
	}
	v.line(v.strong(Safe(o.Lockfile)), " on ", Safe(o.Endpoint))
	v.line()
	return v
}

// Verification shows what became of finished exports: those that are not in
// order, by finding and with what to do, and the totals in the last line.
func Verification(s Stream, a *audit.Verification, o AuditOptions) error {
	v := newAuditView(s, o)
	v.verdicts(a.Verdicts)
	if a.Settling > 0 {
		v.prose(0, v.wait, "warning: "+settling(a.Settling))
		v.line()
	}
	totals := v.strong
	if a.InOrder < a.Checked {
		totals = v.wait
	}
	v.prose(0, totals, Verified(a, o.Requests))
	return v.flush("what was verified")
}

// settling says what it means that a file is not shown as an alias yet.
func settling(n int) string {
	if n == 1 {
		return "1 file is still shown on the platform although its export has just ended; it counts as in order"
	}
	return Count(n) + " files are still shown on the platform although their exports have just ended; they count as in order"
}

// Verified is the one line that sums a verification up.
func Verified(a *audit.Verification, requests int) string {
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
func (v *auditView) verdicts(all []audit.Verdict) {
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Finding == all[0].Finding {
			n++
		}
		v.finding(all[:n])
		all = all[n:]
	}
}

// finding shows the verdicts of one finding.
func (v *auditView) finding(all []audit.Verdict) {
	v.prose(0, v.strong, fmt.Sprintf("%s (%s): %s", all[0].Finding, Count(len(all)), findingTitle(all[0].Finding)))
	kept := all
	if v.keep >= 0 && len(kept) > v.keep {
		kept = kept[:v.keep]
	}
	for i := range kept {
		e := &kept[i].Entry
		v.file(v.bad("x"), e, kept[i].Key)
		// Files with one and the same trouble share its sentence.
		if i+1 == len(kept) || kept[i+1].Message != kept[i].Message {
			v.prose(6, v.faint, Safe(kept[i].Message))
		}
	}
	v.more(len(all) - len(kept))
	v.line()
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

// file shows one entry: which file, and where it was exported to.
func (v *auditView) file(sign string, e *state.Entry, key string) {
	if key == "" {
		key = e.Location
	}
	from, to := path(e.Path, e.File), Safe(e.Volume)+":"+Safe(key)
	room := v.columns - len("    x ")
	if v.columns == 0 || v.full || width(from)+width(arrow)+width(to) <= room {
		v.line("    ", sign, " ", from, arrow, to)
		return
	}
	v.line("    ", sign, " ", middle(from, room))
	v.line("     ", arrow, middle(to, v.columns-len("      > ")))
}

// more counts the rows that are not shown.
func (v *auditView) more(left int) {
	if left > 0 {
		v.line("    ", v.faint(ellipsis, " and ", Count(left), " more; --full shows all"))
	}
}

// Standing shows where a plan's exports stand: what is open, has failed or has
// drifted, what no rule wants any more, and the totals in the last lines.
func Standing(s Stream, a *audit.Standing, o AuditOptions) error {
	v := newAuditView(s, o)
	v.open(a.Open)
	v.unsettled(a.Unsettled)
	v.failed(a.Failed)
	v.verdicts(a.Drifted)
	v.verdicts(a.Unreadable)
	v.unplanned(a.Unplanned)
	if a.Settling > 0 {
		v.prose(0, v.wait, "warning: "+settling(a.Settling))
		v.line()
	}
	totals := v.strong
	if len(a.Failed)+len(a.Drifted)+len(a.Unreadable) > 0 {
		totals = v.wait
	}
	v.prose(0, totals, Stands(a, o.Requests))
	if a.Unrecorded > 0 {
		v.prose(0, nil, Number(a.Unrecorded, "file")+" in place but not on record: sbexport adopt records that.")
	}
	if a.Todo > 0 {
		v.prose(0, nil, fmt.Sprintf("%s (%s) not exported yet: sbexport plan shows what would be done.", Number(a.Todo, "file"), Size(a.TodoBytes)))
	}
	return v.flush("the status")
}

// Stands is the one line that sums a standing up.
func Stands(a *audit.Standing, requests int) string {
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
func (v *auditView) open(jobs []audit.OpenJob) {
	if len(jobs) == 0 {
		return
	}
	v.line(v.strong("Open"), ": ", Number(len(jobs), "file"))
	kept := jobs
	if v.keep >= 0 && len(kept) > v.keep {
		kept = kept[:v.keep]
	}
	for i := range kept {
		v.file(v.wait("~"), &kept[i].Entry, "")
		if s := JobSentence(&kept[i]); i+1 == len(kept) || JobSentence(&kept[i+1]) != s {
			v.prose(6, v.faint, Safe(s))
		}
	}
	v.more(len(jobs) - len(kept))
	v.line()
}

// JobSentence says how an export that is on record as open stands.
func JobSentence(j *audit.OpenJob) string {
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
func (v *auditView) unsettled(records []state.Record) {
	if len(records) == 0 {
		return
	}
	v.line(v.strong("Not known"), ": ", Number(len(records), "file"))
	kept := records
	if v.keep >= 0 && len(kept) > v.keep {
		kept = kept[:v.keep]
	}
	for i := range kept {
		v.file(v.wait("?"), &kept[i].Entry, "")
	}
	v.more(len(records) - len(kept))
	v.prose(6, v.faint, "an apply is submitting them now, or ended before it saw the platform's answer; the next apply finds out what became of them")
	v.line()
}

// failed shows failed exports by cause, with the remedy.
func (v *auditView) failed(entries []state.Entry) {
	failures := make([]FailedFile, len(entries))
	for i := range entries {
		e := &entries[i]
		failures[i].Action = &change.Action{
			File: e.File, Path: e.Path, Volume: e.Volume, Location: e.Location, Key: e.Location,
		}
		if e.Error != nil {
			failures[i].Permanent = e.Error.Permanent
			failures[i].Err = &platform.Error{Status: e.Error.Status, Code: e.Error.Code, Message: e.Error.Message}
		}
	}
	c := changesetView{printer: v.printer, full: v.full, keep: v.keep}
	c.failures(failures)
}

// unplanned shows what no rule wants any more.
func (v *auditView) unplanned(entries []state.Entry) {
	if len(entries) == 0 {
		return
	}
	v.line(v.strong("No longer in the plan"), ": ", Number(len(entries), "file"))
	kept := entries
	if v.keep >= 0 && len(kept) > v.keep {
		kept = kept[:v.keep]
	}
	for i := range kept {
		v.file(v.faint("-"), &kept[i], "")
	}
	v.more(len(entries) - len(kept))
	v.prose(6, v.faint, "no rule wants these files at these places any more; what was exported stays where it is, and on record")
	v.line()
}
