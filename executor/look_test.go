package executor

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sbexport/internal/platform"
)

// errNetwork is what the client gives up with.
var errNetwork = errors.New("no route to host")

// Looks that fail, whole or one by one, are put off and say what they wait for; no
// file fails for it, and nothing else waits.
func TestLooksOutliveAnOutage(t *testing.T) {
	for name, failure := range map[string]error{
		"network":     errNetwork,
		"server":      &platform.Error{Status: 502},
		"maintenance": &platform.Error{Status: 503},
		"limit":       &platform.Error{Status: 429, Code: 1000},
		"refused":     &platform.Error{Status: 403, Code: 90002},
	} {
		for _, whole := range []bool{true, false} {
			var each *platform.Error
			if !whole && (!errors.As(failure, &each) || each.Status == 403) {
				continue // single jobs have no such error, or may have it
			}
			playCase(t, name, func(f *fake) {
				began := time.Now()
				f.blind = func(ids []string) ([]*platform.Error, error) {
					switch {
					case time.Since(began) > 29*time.Minute:
						return make([]*platform.Error, len(ids)), nil
					case whole:
						return nil, failure
					}
					return slices.Repeat([]*platform.Error{each}, len(ids)), nil
				}
				actions := moves(120)
				result := f.run(Options{PollMax: 20 * time.Second}, actions)
				f.exactlyOnce(actions)
				if result.Completed != 120 || f.submits != 2 {
					f.Errorf("result is %+v after %d submissions", result, f.submits)
				}
				if took := time.Since(began); took > 31*time.Minute || f.looks > 70 {
					f.Errorf("it took %v and %d looks", took, f.looks)
				}
				waits := slices.DeleteFunc(f.events, func(e Event) bool { return e.Type != Waiting || e.Until.IsZero() })
				if len(waits) == 0 || !strings.Contains(waits[0].Message, failure.Error()) {
					f.Errorf("the events tell of waits: %+v", waits)
				}
			})
		}
	}
}

// An outage that lasts too long, were it only for the last job, ends the run with
// what is open on record; so does a token that is no longer taken, at once.
func TestLooksAreGivenUp(t *testing.T) {
	for _, c := range []struct {
		failure     error
		open        int
		least, most time.Duration
	}{
		{&platform.Error{Status: 500}, 1, platform.Patience, platform.Patience + 5*time.Minute},
		{errNetwork, 250, platform.Patience, platform.Patience + 5*time.Minute},
		{&platform.Error{Status: 401}, 250, 0, time.Minute},
	} {
		play(t, func(f *fake) {
			f.blindFor("job42", platform.Refusal(c.failure))
			if c.open == 250 {
				f.blind = func([]string) ([]*platform.Error, error) { return nil, c.failure }
			}
			began := time.Now()
			result, err := f.executor(Options{}).Run(f.Context(), moves(250))
			if !errors.Is(err, c.failure) || result.Open != c.open || result.Failed != 0 {
				f.Errorf("error %v, result %+v", err, result)
			}
			if took := time.Since(began); took < c.least || took > c.most {
				f.Errorf("it took %v, want %v to %v", took, c.least, c.most)
			}
		})
	}
}

// What is the matter with one job is that job's affair: it is given up, sooner or
// later as may be, and all others end well.
func TestOneJobThatCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		name        string
		err         *platform.Error
		least, most time.Duration
	}{
		{"forbidden", &platform.Error{Status: 403, Code: 90002}, 0, time.Minute},
		{"not found", &platform.Error{Status: 404, Code: 9008}, time.Minute, 3 * time.Minute},
	} {
		playCase(t, c.name, func(f *fake) {
			f.blindFor("job42", c.err)
			began := time.Now()
			result, err := f.executor(Options{}).Run(f.Context(), moves(1000))
			if err != nil || result.Completed != 999 || result.Failed != 1 || result.Failures[0].ExportID != "job42" {
				f.Fatalf("error %v, result %+v", err, result)
			}
			if took := time.Since(began); took < c.least || took > c.most || f.submits != 10 {
				f.Errorf("it took %v and %d submissions, want %v to %v", took, f.submits, c.least, c.most)
			}
			if o := f.last()[result.Failures[0].Action.Target()]; o.State != platform.Pending {
				f.Errorf("the file is on record as %+v although nobody knows what became of it", o)
			}
		})
	}
}

// Jobs that are shown late, or now and then, are not given up, nor is the run for
// outages that are short each.
func TestJobsThatAreShownNowAndThen(t *testing.T) {
	gone := &platform.Error{Status: 404, Code: 9008}
	for name, hidden := range map[string]func(look int, since time.Duration) error{
		"late":     func(_ int, since time.Duration) error { return only(since < 25*time.Minute, gone) },
		"by turns": func(look int, _ time.Duration) error { return only(look%3 != 0, gone) },
		"two outages": func(_ int, since time.Duration) error {
			return only(since < 25*time.Minute || since > 40*time.Minute && since < 65*time.Minute, errNetwork)
		},
	} {
		playCase(t, name, func(f *fake) {
			f.takes = func(string) time.Duration { return 70 * time.Minute }
			began := time.Now()
			f.blind = func(ids []string) ([]*platform.Error, error) {
				err := hidden(f.looks, time.Since(began))
				var each *platform.Error
				if errors.As(err, &each) {
					return slices.Repeat([]*platform.Error{each}, len(ids)), nil
				}
				return make([]*platform.Error, len(ids)), err
			}
			result, err := f.executor(Options{Settle: 30 * time.Minute}).Run(f.Context(), moves(50))
			if err != nil || result.Completed != 50 {
				f.Errorf("error %v, result %+v", err, result)
			}
		})
	}
}

// only is the error, if it is to be.
func only(is bool, err error) error {
	if is {
		return err
	}
	return nil
}
