package view

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// Result is how an apply ended.
type Result struct {
	Changeset *change.Changeset
	Counts    Counts       // of the run, from the Tally
	Failures  []FailedFile // of the run, from the Tally
	Requests  int          // API requests that were sent
	Duration  time.Duration
	Exit      int
	Lockfile  string // the file the results are in; empty when there is none
	Stopped   string // why it left before everything had ended, a clause such as "interrupted"; empty when it did not
}

// causeGroup is the failed files of one cause. Only the first are kept.
type causeGroup struct {
	code      int
	cause     string
	fix       string
	permanent bool
	count     int
	kept      []FailedFile
}

// unnamed is the cause of errors that are only a sentence; the sentences follow
// file by file.
const unnamed = "failed without an error code"

// worded reports whether an error is only a sentence.
func worded(err *platform.Error) bool {
	return err != nil && err.Code == 0 && err.Status == 0 && err.Message != ""
}

// explain is what an error means, also when there is none.
func explain(err *platform.Error) platform.Explanation {
	if err == nil {
		err = &platform.Error{}
	}
	return err.Explain()
}

// clause is why one file failed.
func clause(err *platform.Error) string {
	if worded(err) {
		return Safe(err.Message)
	}
	return Safe(explain(err).Cause)
}

// said is the platform's own sentence about a file, as far as it tells more
// than the cause.
func said(f FailedFile) string {
	switch {
	case f.Err == nil || f.Err.Message == explain(f.Err).Cause:
		return ""
	case worded(f.Err):
		return Safe(f.Err.Message)
	case f.Err.Message == "":
		return ""
	}
	return "the platform said: " + Safe(f.Err.Message)
}

// groupByCause sorts failed files by what the platform's error means, the most
// frequent cause first, and keeps the first files of each, or all when keep is
// negative.
func groupByCause(failures []FailedFile, keep int) []*causeGroup {
	type key struct {
		code      int
		cause     string
		permanent bool
	}
	byKey := make(map[key]*causeGroup)
	var groups []*causeGroup
	for _, f := range failures {
		x := explain(f.Err)
		of := causeGroup{cause: Safe(x.Cause), fix: Safe(x.Fix), permanent: f.Permanent}
		if f.Err != nil {
			of.code = f.Err.Code
		}
		if worded(f.Err) {
			of.cause, of.fix = unnamed, "run again"
		}
		g := byKey[key{of.code, of.cause, of.permanent}]
		if g == nil {
			g = &of
			byKey[key{of.code, of.cause, of.permanent}] = g
			groups = append(groups, g)
		}
		g.count++
		if keep < 0 || len(g.kept) < keep {
			g.kept = append(g.kept, f)
		}
	}
	slices.SortStableFunc(groups, func(a, b *causeGroup) int { return cmp.Compare(b.count, a.count) })
	return groups
}

// advice is what to do about a cause.
func (g *causeGroup) advice() string {
	if g.permanent {
		return g.fix + "; then run again, with --retry-failed if the plan stays as it is"
	}
	return g.fix
}

// name is the cause with the platform's code.
func (g *causeGroup) name() string {
	if g.code == 0 {
		return g.cause
	}
	return fmt.Sprintf("%s (code %d)", g.cause, g.code)
}

// notTolerated are the blocked files that the plan does not tolerate.
func notTolerated(blocked []change.Blocked) []change.Blocked {
	var all []change.Blocked
	for i := range blocked {
		if !blocked[i].Tolerated {
			all = append(all, blocked[i])
		}
	}
	return all
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
		Size(c.DoneBytes), Duration(r.Duration), Number(r.Requests, "request"))
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
