package api

import (
	"math"
	"time"
)

const (
	// What is assumed once the platform has refused a request for its budget and
	// never tells what that is (vendor page "API rate limit").
	assumedLimit  = 1000
	assumedWindow = 5 * time.Minute
	// maxWindow is the longest that is waited for a reset before asking again.
	maxWindow = 10 * time.Minute
	// stale is how far in the past a reset may lie, rounded down as it may be.
	stale = 2 * time.Second
	// A request is held back for so long when it is not known for how long; the
	// wait doubles each time.
	firstPause = time.Second
	lastPause  = time.Minute
	// never is a wait that only an answer can end.
	never = time.Duration(math.MaxInt64)
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
// When a window ends by our clock, the new one is not believed in until an
// answer confirms it. Until then no more is sent than the old one had left, so
// that it does not matter in which window the platform counts it.
type ledger struct {
	reserve int // asked for; see kept

	heard   bool // an answer has come, whatever it told
	known   bool // there is a budget to keep
	limit   int
	low     int       // least that an answer of this window has told
	window  int64     // the window's reset on the platform's clock; 0 when not told
	ends    time.Time // the window's end on this machine's clock, with a margin; zero when not known
	span    time.Duration
	unsure  bool      // the window is over by our clock; no answer has confirmed the next
	epoch   int       // counts windows by our clock
	flying  int       // requests sent and not answered
	assumed bool      // limit and window are guesses
	misses  int       // times in a row that a window was not over when it should have been
	pauses  int       // refusals in a row that did not tell for how long
	refusal time.Time // the last of them
	paused  time.Time // nothing is sent before
	skew    skew
}

// take counts a request that is sent now. The epoch is for answered.
func (l *ledger) take() (epoch int) {
	l.flying++
	return l.epoch
}

// wait is how long a request has to wait, 0 when it may be sent.
// Spent tells that this is because there are no requests left.
func (l *ledger) wait(now time.Time) (delay time.Duration, spent bool) {
	switch {
	case now.Before(l.paused):
		return l.paused.Sub(now), true
	case !l.heard && l.flying > 0:
		return never, false // the first answer tells what is left
	case !l.known:
		return 0, false
	}
	if !l.unsure && !l.ends.IsZero() && !now.Before(l.ends) {
		l.unsure = true
		l.epoch++
	}
	if l.unsure {
		if most := max(1, min(l.low, l.limit-l.kept())); most <= l.flying {
			return never, false
		}
		return 0, false
	}
	left := l.low - l.kept()
	if left-l.flying < 1 {
		// As long as left is not 0 an answer may still show that there is one more.
		return l.untilReset(now), left < 1
	}
	return 0, false
}

// untilReset is how long to wait for the next window. Where its time is not
// known, the end is guessed at, later each time.
func (l *ledger) untilReset(now time.Time) time.Duration {
	if l.ends.IsZero() {
		if l.flying > 0 {
			return never
		}
		l.ends = now.Add(penalty(l.misses))
	}
	return l.ends.Sub(now)
}

// kept is the reserve, at most a quarter of the limit so that tiny limits work.
func (l *ledger) kept() int { return max(0, min(l.reserve, l.limit/4)) }

// answered takes what the answer to a request told; the zero told when there
// was none. Epoch is the one that take returned.
func (l *ledger) answered(epoch int, t told, sent, now time.Time) {
	l.flying--
	l.skew.note(t.date, sent, now)
	l.learn(epoch, t, sent, now)
}

// learn takes what was told of the budget.
func (l *ledger) learn(epoch int, t told, sent, now time.Time) {
	if t.came && !t.limited && !sent.Before(l.refusal) {
		l.pauses = 0
	}
	switch {
	case t.limited:
		l.refused(epoch, t, sent, now)
	case t.limit.given && t.limit.value <= 0:
		l.known = false // no limit at all
	case !t.remaining.given:
		l.untold(epoch, t.good, now)
	default:
		l.note(epoch, t, now)
	}
}

// untold counts a request whose answer did not tell the budget, or that had no
// answer: the platform may have counted it.
func (l *ledger) untold(epoch int, good bool, now time.Time) {
	switch {
	case !l.known || epoch != l.epoch:
	case !l.unsure:
		l.low = max(0, l.low-1)
	case good:
		l.assume(now)
	}
}

// assume begins a window of which the platform tells nothing.
func (l *ledger) assume(now time.Time) {
	if l.limit == 0 {
		l.limit = assumedLimit
	}
	one := number{int64(l.limit), true}
	l.begin(told{limit: one, remaining: number{one.value - 1, true}}, now)
	l.assumed = true
	l.ends, l.span = now.Add(assumedWindow), assumedWindow
}

// note takes how many requests are left, and in which window.
func (l *ledger) note(epoch int, t told, now time.Time) {
	if t.reset != 0 && l.skew.local(t.reset).Before(now.Add(-stale)) {
		t.reset = 0 // long past: it says nothing
	}
	confirming := l.unsure && epoch == l.epoch
	left := t.left()
	switch {
	case !l.known, l.assumed:
		l.begin(t, now) // a guess gives way to whatever is told
	case t.reset == 0 || l.window == 0:
		// Windows cannot be told apart, except that a number that has gone up
		// after a wait is one of a new window.
		if t.reset != 0 || confirming && left > l.low {
			l.begin(t, now)
			return
		}
		l.sameWindow(left, confirming, now)
	case t.reset > l.window+1, t.reset > l.window && confirming:
		l.begin(t, now)
	case t.reset >= l.window-1:
		l.sameWindow(left, confirming, now)
	}
	// Any other answer belongs to a window that is over.
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
	l.known, l.unsure, l.assumed, l.misses = true, false, false, 0
	l.low = t.left()
	if t.limit.given {
		l.limit = int(min(t.limit.value, math.MaxInt32))
	}
	l.limit = max(l.limit, l.low)
	l.window, l.ends = t.reset, time.Time{}
	l.epoch++
	if t.reset != 0 {
		l.ends = l.end(now)
	}
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
// which is shorter than a window when none was seen from its beginning. The
// real limit's windows are known (vendor page "API rate limit").
func (l *ledger) length() time.Duration {
	if l.limit == assumedLimit {
		return max(l.span, assumedWindow)
	}
	return l.span
}

// sameWindow takes a number of the window that is known already. Where that
// should be over by now, it is not, and the wait goes on.
func (l *ledger) sameWindow(left int, confirming bool, now time.Time) {
	l.low = min(l.low, left)
	if !confirming {
		return
	}
	l.unsure = false
	if l.window != 0 {
		// The reset may have been rounded down, and is then up to a second later.
		if at := l.end(now).Add(time.Second); at.After(now) {
			l.ends = at
			return
		}
	}
	l.misses++
	l.ends = now.Add(penalty(l.misses) / 4)
}

// refused takes a 429. One that tells an empty window and its end is as good as
// any answer. Any other means a limit of which nothing is known, and all
// requests pause.
func (l *ledger) refused(epoch int, t told, sent, now time.Time) {
	if t.after > 0 {
		l.paused = later(l.paused, now.Add(t.after))
	}
	empty := !t.remaining.given || t.remaining.value <= 0
	future := t.reset != 0 && l.skew.local(t.reset).After(now)
	if empty && future {
		t.remaining = number{0, true}
		if !t.limit.given {
			t.limit = number{int64(max(l.limit, 1)), true}
		}
		if l.known && t.reset < l.window-1 {
			// It contradicts what answers have told, but it is a refusal.
			l.paused = later(l.paused, l.skew.local(t.reset))
			return
		}
		l.note(epoch, t, now)
		return
	}
	if sent.Before(l.refusal) {
		return // it was under way when the pause began
	}
	l.refusal = now
	l.pauses++
	pause := now.Add(penalty(l.pauses))
	if !empty {
		l.paused = later(l.paused, pause)
		return
	}
	if !l.known {
		l.limit = assumedLimit
	}
	l.known, l.assumed = true, true
	l.low, l.unsure, l.ends, l.window = 0, false, pause, 0
	l.epoch++
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// penalty is the wait after so many waits that were too short.
func penalty(n int) time.Duration { return doubled(n, firstPause, lastPause) }
