package report

import (
	"sbexport/internal/change"
	"sbexport/internal/state"
)

// Input is what a report is made from.
type Input struct {
	// Plan is the plan's file, as it is called to people, PlanSHA256 its digest and
	// Endpoint the platform that it is for; both empty when it could not be read.
	Plan, PlanSHA256, Endpoint string
	// Lockfile is the record of what was exported; it may be empty.
	Lockfile *state.Lockfile
	// Saved is a saved plan, for what is still to be done and what is blocked;
	// nil when there is none.
	Saved *change.Document
	// Events are those of one or more applies; nil when there are none.
	Events *Events
	// ToolVersion is named at the page's foot.
	ToolVersion string
}

// Report is everything that the page says.
type Report struct {
	input    Input
	rows     []row
	problems []*problem        // those of most files first
	runs     []run             // the last one first
	earlier  int               // runs before those
	untimed  int               // rows that no run holds
	compared []change.Document // see Input.comparisons
	totals   Totals
	modes    [copied + 1]Count // of what is on the volumes
}

// New works a report out. The input is not changed; it is in use until the report
// is written.
func New(in Input) *Report {
	r := &Report{input: in, compared: in.comparisons()}
	r.gather()
	r.weigh()
	for i := range r.rows {
		w := &r.rows[i]
		r.totals.add(w)
		if w.status == completed {
			r.modes[w.mode].add(w)
		}
	}
	r.timeline()
	return r
}

// Totals are the report's totals.
func (r *Report) Totals() Totals { return r.totals }

// notes are the sentences that a reader should not overlook.
func (r *Report) notes() []string {
	var notes []string
	if d := r.input.Saved; d != nil {
		if !r.fresh() {
			notes = append(notes, "The lockfile has changed since the saved plan was made, so that the lockfile's word counts wherever it has one.")
		}
		if differ(d.Plan.SHA256, r.input.PlanSHA256) {
			notes = append(notes, "The plan has been changed since it was saved as a changeset: what is planned and blocked here is of the plan before.")
		}
		notes = append(notes, d.Warnings...)
	}
	if e := r.input.Events; e != nil {
		notes = append(notes, e.notes(r.input.PlanSHA256)...)
	}
	return notes
}

// fresh reports whether the saved plan was made from the lockfile as it is now.
func (r *Report) fresh() bool {
	return r.input.Saved != nil && r.input.Lockfile != nil &&
		r.input.Saved.Lockfile.SHA256 == r.input.Lockfile.SHA256()
}
