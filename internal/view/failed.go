package view

import (
	"cmp"
	"fmt"
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// FailedFile is a file that failed for good in this run.
type FailedFile struct {
	Action *change.Action
	Err    *platform.Error // may be nil: the platform does not always say why
	// Permanent tells that trying again would fail again, so that the next run
	// does not.
	Permanent bool
}

// Cause is why files failed, and what to do about it.
type Cause struct {
	Code      int // of the platform; 0 for none
	Text      string
	Advice    string
	Permanent bool
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

// CauseOf is the cause of a failure, of which the error may be nil. Its text is
// safe.
func CauseOf(err *platform.Error, permanent bool) Cause {
	x := explain(err)
	c := Cause{Text: Safe(x.Cause), Advice: Safe(x.Fix), Permanent: permanent}
	if err != nil {
		c.Code = err.Code
	}
	if worded(err) {
		c.Text, c.Advice = unnamed, "run again"
	}
	if permanent {
		c.Advice += "; then run again, with --retry-failed if the plan stays as it is"
	}
	return c
}

// String is the cause with the platform's code.
func (c Cause) String() string {
	if c.Code == 0 {
		return c.Text
	}
	return fmt.Sprintf("%s (code %d)", c.Text, c.Code)
}

// clause is why one file failed.
func clause(err *platform.Error) string {
	if worded(err) {
		return Safe(err.Message)
	}
	return Safe(explain(err).Cause)
}

// Said is what the platform said of a failure, if it tells more than the cause
// does. It is safe.
func Said(err *platform.Error) string {
	if err == nil || err.Message == explain(err).Cause {
		return ""
	}
	return Safe(err.Message)
}

// byCause parts failed files by cause, the most frequent first.
func byCause(failures []FailedFile) []*group[Cause, FailedFile] {
	groups := groupBy(failures, func(f *FailedFile) Cause { return CauseOf(f.Err, f.Permanent) })
	slices.SortStableFunc(groups, func(a, b *group[Cause, FailedFile]) int { return cmp.Compare(len(b.items), len(a.items)) })
	return groups
}

// failures shows failed files by cause, each with its remedy.
func (p *printer) failures(failures []FailedFile) {
	if len(failures) == 0 {
		return
	}
	p.line(p.strong("Failed"), ": ", Number(len(failures), "file"))
	for _, g := range byCause(failures) {
		p.prose(2, nil, g.key.String()+": "+Number(len(g.items), "file"))
		p.rows(4, len(g.items), func(i int) row {
			f := g.items[i]
			r := row{sign: p.bad("x"), from: path(f.Action.Path, f.Action.File), to: destination(f.Action), said: Said(f.Err)}
			if r.said != "" && g.key.Text != unnamed {
				r.said = "the platform said: " + r.said
			}
			return r
		}, "; the lockfile has them all")
		p.prose(6, nil, "what to do: "+g.key.Advice)
	}
	p.line()
}
