package platform

import (
	"maps"
	"time"
)

// State is the state of an export job, in upper case. The platform documents
// PENDING, RUNNING, COMPLETED and FAILED; one client also knows ABORTED. A state
// that is none of these counts as open.
type State string

// The states of an export job.
const (
	Pending   State = "PENDING"
	Running   State = "RUNNING"
	Completed State = "COMPLETED"
	Failed    State = "FAILED"
	Aborted   State = "ABORTED"
)

// Terminal reports whether a job in this state has ended.
func (s State) Terminal() bool { return s == Completed || s == Failed || s == Aborted }

// AliasLag is how long after its job has completed a file that was moved may lack
// its alias; the platform says nothing of it. One that lacks it still was copied.
const AliasLag = 10 * time.Minute

// LastWord is how long after a job's end what its file shows is taken for the last
// word: ten times as long as lists and aliases are taken to lag, and no longer
// than AliasLag unless they are. Where nothing is said of it, settle is 0.
func LastWord(settle time.Duration) time.Duration {
	if settle <= 0 {
		return AliasLag
	}
	return min(10*settle, max(AliasLag, settle))
}

// MaxBulk is the largest number of items the platform takes in one bulk call.
const MaxBulk = 100

// Properties are the storage properties of an export, sent as they are; a nil
// value is sent as null. A Properties value is shared and must not be changed.
type Properties = map[string]*string

// EqualProperties reports whether two property sets say the same.
func EqualProperties(a, b Properties) bool {
	return maps.EqualFunc(a, b, func(x, y *string) bool {
		return x == y || x != nil && y != nil && *x == *y
	})
}

// ExportRequest asks for one file to be exported.
type ExportRequest struct {
	File       string // ID of the file
	Volume     string // ID of the volume
	Location   string // relative to the volume's prefix
	Overwrite  bool   // delete an object already there first
	Properties Properties
}

// Export is an export job. Whether it was copy-only is not told by the platform.
type Export struct {
	ID         string
	State      State
	File       string // ID of the source file
	Volume     string
	Location   string
	Overwrite  bool
	StartedOn  time.Time // zero when the platform did not say
	FinishedOn time.Time // zero until the job ended
	Err        *Error    // why a failed job failed; may be nil even then
}

// ExportResult is one answer of a bulk request about exports.
type ExportResult struct {
	// Export is the job; nil when the item was refused.
	Export *Export
	// Err is why the item was refused; nil when there is a job.
	Err *Error
	// Ambiguous tells that the item was refused for certain, but that the
	// platform's answer does not say which of several different refusals is
	// this item's: Err is one of them, and one that passes if there is such a one.
	Ambiguous bool
}

// Budget is what is left of the requests the platform grants in its current
// window, as its headers last told.
type Budget struct {
	Known     bool          // false until the platform has told
	Limit     int           // requests in a window
	Remaining int           // requests left in this one
	Reset     time.Time     // when the window ends, on this machine's clock; zero when not told
	Window    time.Duration // how long a window lasts, as far as that is known; 0 when it is not
	Kept      int           // requests of each window that are left to the user's other tools
}

// Least is how long so many requests take at the least, from a time on, because
// of the limit alone. It is 0 when they fit into what is left of this window,
// and when too little is known.
func (b Budget) Least(requests int, now time.Time) time.Duration {
	each, left := b.Limit-b.Kept, max(0, b.Remaining-b.Kept)
	if !b.Known || b.Reset.IsZero() || b.Window <= 0 || each <= 0 || requests <= left {
		return 0
	}
	windows := (requests - left + each - 1) / each
	return max(0, b.Reset.Sub(now)) + time.Duration(windows-1)*b.Window
}
