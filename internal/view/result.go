package view

import (
	"fmt"
	"time"

	"sbexport/internal/change"
)

// Result is how an apply ended.
type Result struct {
	Changeset *change.Changeset
	Counts    Counts          // of the run, from the Tally
	Failures  []FailedFile    // of the run, from the Tally
	Projects  []ProjectCounts // of the run, from the Tally
	Requests  int             // API requests that were sent
	Duration  time.Duration
	Exit      int
	Told      int    // blocked files of the changeset that were shown before it was carried out
	Lockfile  string // the file the results are in; empty when there is none
	Stopped   string // why it left before everything had ended, a clause such as "interrupted"; empty when it did not
}

// Done is the one line that sums the result up.
func (r *Result) Done() string {
	c := r.Counts
	word := "Done"
	if r.Stopped != "" {
		word = "Stopped (" + Safe(r.Stopped) + ")"
	} else if r.Exit != 0 {
		word = "Ended"
	}
	return fmt.Sprintf("%s: %s; %s in %s, %s", word,
		list(
			Count(c.Done)+" completed",
			some(c.Failed, "failed"),
			some(c.Pending(), "pending"),
			Count(len(r.Changeset.Unchanged))+" unchanged",
			blockedCount(r.Changeset),
		),
		Size(c.DoneBytes), duration(r.Duration), Number(r.Requests, "request"))
}

// pendingSentence says how to go on, or nothing when there is nothing left.
func (r *Result) pendingSentence() string {
	n := r.Counts.Pending()
	if n == 0 {
		return ""
	}
	text := Number(n, "file") + " still pending"
	if open := r.Counts.Open; open > 0 {
		text += fmt.Sprintf(" (%s with an open job on the platform)", Count(open))
	}
	return text + ": run again to go on."
}

// projectCounts shows how it ended for each project.
func (p *printer) projectCounts(all []ProjectCounts) {
	if len(all) == 0 {
		return
	}
	p.line(p.strong("By project:"))
	shown := p.shown(len(all), maxRows)
	for i := range all[:shown] {
		c := &all[i]
		p.prose(2, nil, Safe(c.Project)+": "+list(Count(c.Done)+" completed", some(c.Failed, "failed"), some(c.Pending(), "pending"))+"; "+Size(c.DoneBytes))
	}
	p.more(2, len(all)-shown, " projects"+fullShowsAll)
	p.line()
}

// Summary shows how an apply ended: what failed, by cause and with the remedy,
// what is blocked and not tolerated, what is left to do, and the totals.
func Summary(s Stream, r *Result, full bool) error {
	p := newPrinter(s, full)
	p.failures(r.Failures)
	p.projectCounts(r.Projects)
	p.blockedFiles(notTolerated(r.Changeset.Blocked[r.Told:]))
	totals := p.strong
	if r.Exit != 0 {
		totals = p.wait
	}
	p.prose(0, totals, r.Done())
	if text := r.pendingSentence(); text != "" {
		p.prose(0, nil, text)
	}
	if n := len(notTolerated(r.Changeset.Blocked[:r.Told])); n > 0 {
		p.prose(0, nil, Number(n, "blocked file")+" listed above, with what to do.")
	}
	if r.Lockfile != "" {
		p.prose(0, nil, "The results are in "+Safe(r.Lockfile)+".")
	}
	return p.flush("the summary")
}
