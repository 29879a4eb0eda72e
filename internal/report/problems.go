package report

import (
	"cmp"
	"slices"
	"strconv"

	"sbexport/internal/change"
	"sbexport/internal/state"
	"sbexport/internal/view"
)

// maxSamples is how many of its files a problem names; the table has them all.
const maxSamples = 3

// problem is one cause for which files failed, or one reason for which files are
// blocked, and what to do about it.
type problem struct {
	problemKey
	Count

	Index     int // as the script knows it
	Samples   []string
	said      string // of the first file
	tolerated int
}

// problemKey is what tells problems apart.
type problemKey struct {
	State     status `json:"state"`
	Code      string `json:"code"`
	Title     string `json:"title"`
	Advice    string `json:"fix"` // empty where the sentence of the first file says it
	Permanent bool   `json:"-"`
}

// failureKey is the cause of a failure.
func failureKey(f *state.Failure) problemKey {
	c := view.CauseOf(f.Refusal(), f != nil && f.Permanent)
	key := problemKey{State: failed, Title: c.Text, Advice: c.Advice, Permanent: c.Permanent}
	if c.Code != 0 {
		key.Code = strconv.Itoa(c.Code)
	}
	return key
}

// blockedKey is the reason of a blocked file.
func blockedKey(r change.Reason) problemKey {
	word := string(r)
	return problemKey{State: blocked, Code: word, Title: cmp.Or(view.ReasonTitle(r), view.Safe(word))}
}

// problem is the problem of a key.
func (b *builder) problem(key problemKey) *problem {
	p := b.problems[key]
	if p == nil {
		p = &problem{problemKey: key}
		b.problems[key] = p
	}
	return p
}

// weigh counts what has which problem, and puts the heaviest first. A problem
// that no row has any more, because a saved plan wants its files again, is none.
func (r *Report) weigh() {
	for i := range r.rows {
		w := &r.rows[i]
		p := w.problem
		if p == nil {
			continue
		}
		if p.Files == 0 {
			p.said = view.Safe(w.message)
			r.problems = append(r.problems, p)
		}
		p.add(w)
		if len(p.Samples) < maxSamples {
			p.Samples = append(p.Samples, view.Safe(cmp.Or(w.path, w.file)))
		}
		if w.tolerated {
			p.tolerated++
		}
	}
	slices.SortStableFunc(r.problems, func(a, b *problem) int { return cmp.Compare(b.Files, a.Files) })
	for i, p := range r.problems {
		p.Index = i
	}
}

// Fix says what to do. Every blocked file carries its own sentence; that of the
// first one serves for all in a summary.
func (p *problem) Fix() string {
	if p.State == blocked {
		return p.said
	}
	return p.Advice
}

// Said is the message about the first file that failed, where that tells more.
func (p *problem) Said() string {
	if p.State == blocked {
		return ""
	}
	return p.said
}

// More is how many files it does not name.
func (p *problem) More() int { return p.Files - len(p.Samples) }

// Note is a remark, or nothing.
func (p *problem) Note() string {
	switch {
	case p.State == failed && !p.Permanent:
		return "worth trying again"
	case p.tolerated == 0:
		return ""
	case p.tolerated == p.Files:
		return "tolerated by the plan"
	}
	return view.Count(p.tolerated) + " of them tolerated by the plan"
}
