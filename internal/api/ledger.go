package api

import (
	"math"
	"time"
)

const (
	// maxWindow is the longest that is waited for a reset, or because a server
	// wants to be left alone, before asking again.
	maxWindow = 10 * time.Minute
	// stale is how far in the past a reset may lie by our clock: it may be rounded
	// down, and so may the date of the answer.
	stale = 2 * time.Second
	// The wait after a refusal that does not tell for how long doubles from one to
	// the other.
	firstPause = time.Second
	lastPause  = time.Minute
	// askAgain is how long the request that is to show what is left holds up the
	// others when it is not answered.
	askAgain = 5 * time.Second
	// never is a wait that only an answer can end.
	never = time.Duration(math.MaxInt64)
	// usualLimit is the limit of the real platform, and usualWindow its window
	// (vendor page "API rate limit").
	usualLimit  = 1000
	usualWindow = 5 * time.Minute
)

// ledger is the bookkeeping of the request budget: what the platform has told,
// what is under way, and so how long the next request has to wait. It has no
// clock, no lock and no timer of its own.
//
// The platform counts requests in windows and tells, with each answer, how many
// are left in the current one. Answers overtake each other, so within a window
// only the lowest number counts, and each request in flight may or may not be in
// it: what may be spent is that number less the requests in flight. It is spent
// freely; work put off would only end later.
//
// When nobody knows what is left, at the very beginning and when a window is over
// by our clock, one request goes ahead and shows it.
type ledger struct {
	reserve int // asked for; see kept

	heard   bool // an answer has come, whatever it told
	known   bool // there is a budget to keep
	limit   int
	low     int       // least that an answer of this window has told
	window  int64     // the window's reset on the platform's clock
	ends    time.Time // the window's end on this machine's clock, with a margin
	span    time.Duration
	asked   time.Time // when the request that goes ahead was sent; zero when there is none
	flying  int       // requests sent and not answered
	pauses  int       // refusals in a row that did not tell for how long
	refusal time.Time // the last of them
	paused  time.Time // nothing is sent before
	why     string    // what the pause is for, see Options.Waiting
	skew    skew
}

// blind reports whether nobody knows how many requests are left.
func (l *ledger) blind(now time.Time) bool {
	return !l.heard || l.known && !now.Before(l.ends)
}

// take counts a request that is sent now.
func (l *ledger) take(now time.Time) {
	l.flying++
	if l.blind(now) {
		l.asked = now
	}
}

// wait is how long a request has to wait, 0 when it may be sent, and for what if
// somebody should be told.
func (l *ledger) wait(now time.Time) (delay time.Duration, why string) {
	switch {
	case now.Before(l.paused):
		return l.paused.Sub(now), l.why
	case l.blind(now):
		return max(0, l.asked.Add(askAgain).Sub(now)), ""
	case !l.known:
		return 0, ""
	}
	switch left := l.low - l.kept(); {
	case left > l.flying:
		return 0, ""
	case left > 0:
		return l.ends.Sub(now), "" // an answer may still show that there is one more
	}
	return l.ends.Sub(now), waitsForReset
}

// kept is the reserve, at most a quarter of the limit so that tiny limits work.
func (l *ledger) kept() int { return max(0, min(l.reserve, l.limit/4)) }

// answered takes what the answer to a request told; the zero told when there
// was none.
func (l *ledger) answered(t told, sent, now time.Time) {
	l.flying--
	l.learn(t, sent, now)
}

// learn takes what was told of the budget in the answer to a request that was
// sent at some time.
func (l *ledger) learn(t told, sent, now time.Time) {
	l.skew.note(t.date, sent, now)
	ahead := !l.asked.IsZero() && !sent.Before(l.asked)
	if ahead {
		l.asked = time.Time{}
	}
	l.heard = l.heard || t.came
	if t.came && !t.limited && !sent.Before(l.refusal) {
		l.pauses = 0
	}
	if t.after > 0 && !t.good {
		why := waitsForAnswer
		if t.limited {
			why = waitsForReset
		}
		l.pause(now.Add(t.after), why)
	}
	switch {
	case t.limited:
		l.refused(t, ahead, sent, now)
	case t.limit.given && t.limit.value <= 0:
		l.known = false // no limit at all
	case t.remaining.given && t.reset != 0 && !l.skew.local(t.reset).Before(now.Add(-stale)):
		l.note(t, ahead, now)
	case ahead && t.good:
		l.known = false // the platform no longer tells
	default:
		l.low = max(0, l.low-1) // it may have been counted
	}
}

// pause sends nothing before a time.
func (l *ledger) pause(until time.Time, why string) {
	if until.After(l.paused) {
		l.paused, l.why = until, why
	}
}

// note takes how many requests are left, and in which window. One second of
// difference between two resets may be rounding.
func (l *ledger) note(t told, ahead bool, now time.Time) {
	switch left := t.left(); {
	case !l.known, t.reset > l.window+1, ahead && (t.reset > l.window || left > l.low):
		l.begin(t, now)
	case t.reset < l.window-1: // it belongs to a window that is over
	case ahead:
		// It should have been over, but its reset may have been rounded down, and so may
		// the date that the clocks are compared by. Only this one request was too early.
		l.low, l.ends = min(l.low, left), now.Add(stale)
	default:
		l.low = min(l.low, left)
	}
}

// left is the number of requests left that was told, made sense of.
func (t told) left() int {
	left := t.remaining.value
	if t.limit.given {
		left = min(left, t.limit.value)
	}
	return int(max(0, min(left, math.MaxInt32)))
}

// begin starts a window that an answer has shown.
func (l *ledger) begin(t told, now time.Time) {
	l.known, l.asked = true, time.Time{}
	l.low = t.left()
	if t.limit.given {
		l.limit = int(min(t.limit.value, math.MaxInt32))
	}
	l.limit = max(l.limit, l.low)
	l.window = t.reset
	l.ends = l.end(now)
}

// end is when the window is over on this machine's clock, with a margin for
// servers that round the reset down: a fiftieth of the window, at most a second.
func (l *ledger) end(now time.Time) time.Time {
	at := l.skew.local(l.window)
	l.span = min(max(l.span, at.Sub(now)), maxWindow)
	at = at.Add(min(max(0, l.span/50), time.Second))
	if latest := now.Add(maxWindow); at.After(latest) {
		return latest
	}
	return at
}

// length is how long windows last: the longest time to a reset that was told,
// which is shorter than a window when none was seen from its beginning.
func (l *ledger) length() time.Duration {
	if l.limit == usualLimit {
		return max(l.span, usualWindow)
	}
	return l.span
}

// refused takes a 429. One that tells an empty window and its end is as good as
// any answer. Any other means a limit of which nothing is known, and all
// requests pause.
func (l *ledger) refused(t told, ahead bool, sent, now time.Time) {
	empty := !t.remaining.given || t.remaining.value <= 0
	switch future := t.reset != 0 && l.skew.local(t.reset).After(now); {
	case empty && future && (!l.known || t.reset >= l.window-1):
		t.remaining = number{0, true}
		if !t.limit.given {
			t.limit = number{int64(max(l.limit, 1)), true}
		}
		l.note(t, ahead, now)
	case !sent.Before(l.refusal): // else it was under way when the pause began
		l.refusal = now
		l.pauses++
		l.pause(now.Add(doubled(l.pauses, firstPause, lastPause)), waitsForReset)
	}
}
