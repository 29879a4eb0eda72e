package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"time"

	"github.com/gofrs/flock"

	"sbexport/internal/atomicfile"
	"sbexport/internal/sleep"
)

// The first and the longest pause between two tries for a run lock. Asking
// costs next to nothing, and nobody wants to wait much longer than needed.
const (
	minLockPause = 50 * time.Millisecond
	maxLockPause = time.Second
)

// RunLock keeps two runs of one plan apart. It belongs to the operating system:
// it is gone with the process that holds it, however that ends. The lock file
// stays for ever; deleting it would let two runs hold two locks of one name.
type RunLock struct{ lock *flock.Flock }

// HeldError says that somebody else holds a run lock.
type HeldError struct {
	Path   string
	Holder Holder // zero when the holder has not left a readable record
	Waited time.Duration
}

func (e *HeldError) Error() string {
	text := "another run is at work on this plan"
	if e.Holder != (Holder{}) {
		text += ": " + e.Holder.String()
	}
	if e.Waited > 0 {
		text += fmt.Sprintf(" (waited %s)", e.Waited.Round(10*time.Millisecond))
	}
	return text
}

// Hint says what to do.
func (e *HeldError) Hint() string {
	return "wait until it has ended, or let --lock-timeout wait for it; the lock ends with the process that holds it, " +
		"so there is never a need to delete " + e.Path
}

// Lock takes the run lock at path, waiting for it as long as wait, and leaves
// holder's record in it for others to read. When somebody else keeps it the
// error is a *HeldError. The directory must exist.
func Lock(ctx context.Context, path string, holder Holder, wait time.Duration) (*RunLock, error) {
	l := &RunLock{flock.New(path,
		flock.SetFlag(os.O_CREATE|os.O_RDWR),
		flock.SetPermissions(0o666), // as the umask has it: whoever shares the directory must share the lock
	)}
	began := time.Now()
	for pause := minLockPause; ; pause = min(2*pause, maxLockPause) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("take the run lock: %w", context.Cause(ctx))
		}
		taken, err := l.try()
		if err != nil {
			return nil, fmt.Errorf("take the run lock: %w", err)
		}
		if taken {
			writeHolder(path, holder)
			return l, nil
		}
		left := wait - time.Since(began)
		if left <= 0 {
			return nil, &HeldError{Path: path, Holder: readHolder(path), Waited: max(wait, 0)}
		}
		_ = sleep.For(ctx, min(pause, left)) // seen to above
	}
}

// try takes the lock if nobody has it. A lock on a file that has lost its name
// meanwhile is worth nothing: the next run would lock another.
func (l *RunLock) try() (bool, error) {
	f, err := atomicfile.OpenOwn(l.lock.Path(), os.O_RDWR|os.O_CREATE) // which refuses anything else in its place
	if errors.Is(err, os.ErrExist) {
		return false, nil // another run is making it
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return false, err
	}
	if taken, err := l.lock.TryLock(); !taken || err != nil {
		return false, err
	}
	locked, err := l.lock.Stat()
	if err != nil {
		return false, errors.Join(err, l.lock.Unlock())
	}
	if named, err := os.Lstat(l.lock.Path()); err == nil && os.SameFile(locked, named) {
		return true, nil
	}
	return false, l.lock.Unlock()
}

// Release gives the lock up. The holder's record is emptied, so that nobody is
// told of a run that has ended.
func (l *RunLock) Release() error {
	writeHolder(l.lock.Path(), Holder{})
	if err := l.lock.Unlock(); err != nil {
		return fmt.Errorf("release the run lock: %w", err)
	}
	return nil
}

// Holder says who holds a run lock, for whoever has to wait for it.
type Holder struct {
	User    string    `json:"user"`
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Command string    `json:"command"` // what the process was told to do; without secrets
}

// NewHolder is this process, which runs command. What the system does not tell
// stays empty.
func NewHolder(command string) Holder {
	h := Holder{PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second), Command: command}
	h.Host, _ = os.Hostname()
	if u, err := user.Current(); err == nil {
		h.User = u.Username
	}
	return h
}

func (h Holder) String() string {
	return fmt.Sprintf("%q by %q on %q, process %d, since %s",
		h.Command, h.User, h.Host, h.PID, h.Since.UTC().Format(time.RFC3339))
}

// The record begins behind the first byte. Windows locks that byte, and keeps
// everybody else from reading it while the lock is held.
const (
	holderStart = 1
	maxHolder   = 4096 // bytes
)

// writeHolder leaves the record, or none. It is there to inform, so failing to
// write it is no reason not to run.
func writeHolder(path string, h Holder) {
	record, err := json.Marshal(h)
	if err != nil || len(record) > maxHolder || h == (Holder{}) {
		record = nil
	}
	f, err := atomicfile.OpenOwn(path, os.O_WRONLY)
	if err != nil {
		return
	}
	if _, err := f.WriteAt(record, holderStart); err == nil {
		_ = f.Truncate(holderStart + int64(len(record)))
	}
	_ = f.Close()
}

// readHolder reads the record, or returns zero when there is none that can be
// read: the holder may be about to write it, or may have had no room to.
func readHolder(path string) (h Holder) {
	f, err := atomicfile.OpenOwn(path, os.O_RDONLY)
	if err != nil {
		return Holder{}
	}
	defer f.Close() //nolint:errcheck // nothing was written
	if json.NewDecoder(io.NewSectionReader(f, holderStart, maxHolder)).Decode(&h) != nil {
		return Holder{}
	}
	return h
}
