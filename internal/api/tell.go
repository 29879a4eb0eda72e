package api

import (
	"sync"
	"time"
)

// worthTelling is the shortest wait that anybody is told of.
const worthTelling = 2 * time.Second

// teller tells of waits, each once, however many requests share it.
type teller struct {
	mu    sync.Mutex
	tell  func(until time.Time, why string)
	until time.Time
	why   string
}

func newTeller(tell func(time.Time, string)) *teller { return &teller{tell: tell} }

// waiting tells of a wait unless it is short, or ends no later than one for the
// same reason that has been told of.
func (t *teller) waiting(until time.Time, why string) {
	if t.tell == nil || time.Until(until) < worthTelling {
		return
	}
	t.mu.Lock()
	told := why == t.why && !until.After(t.until.Add(worthTelling))
	if !told {
		t.until, t.why = until, why
	}
	t.mu.Unlock()
	if !told {
		t.tell(until, why)
	}
}
