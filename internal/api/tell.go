package api

import (
	"fmt"
	"sync"
	"time"
)

// worthTelling is the shortest wait that anybody is told of.
const worthTelling = 2 * time.Second

// tellAgain is how soon an outage that is over and has begun again is told of
// again: a platform that fails every now and then shall not fill the screen.
const tellAgain = time.Minute

// teller tells of waits, each once, however many requests share it.
type teller struct {
	mu    sync.Mutex
	tell  func(until time.Time, why string)
	until time.Time // the end of the last wait for the budget that was told of

	why  string    // what the outage that goes on is waited for; empty for none
	told bool      // somebody knows of it
	last string    // the same of the last outage that was told of
	at   time.Time // when that was
	good time.Time // when the platform answered last
}

func newTeller(tell func(time.Time, string)) *teller { return &teller{tell: tell} }

// waiting tells of a wait for the budget, unless it is short or ends no later
// than one that has been told of.
func (t *teller) waiting(until time.Time, why string) {
	if t.tell == nil || time.Until(until) < worthTelling {
		return
	}
	t.mu.Lock()
	told := !until.After(t.until.Add(worthTelling))
	if !told {
		t.until = until
	}
	t.mu.Unlock()
	if !told {
		t.tell(until, why)
	}
}

// down tells of a wait whose end nobody knows, after a request that was sent at
// some time has failed.
func (t *teller) down(sent time.Time, why string, err error) {
	if t.tell != nil && t.news(sent, why) {
		t.tell(time.Time{}, fmt.Sprintf("%s (%v)", why, err))
	}
}

// news reports whether a failure begins an outage that nobody was told of.
func (t *teller) news(sent time.Time, why string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if why == t.why || sent.Before(t.good) {
		return false
	}
	t.why = why
	if why == t.last && time.Since(t.at) < tellAgain {
		return false
	}
	t.last, t.at, t.told = why, time.Now(), true
	return true
}

// over ends what down has begun: the platform has answered.
func (t *teller) over() {
	t.mu.Lock()
	told := t.told
	t.why, t.told, t.good = "", false, time.Now()
	t.mu.Unlock()
	if told {
		t.tell(time.Time{}, "")
	}
}
