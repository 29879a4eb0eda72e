package state

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/user"
	"runtime"
	"time"

	"sbexport/internal/atomicfile"
)

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

// writeHolder leaves the record. It is there to inform, so failing to write it
// is no reason not to run.
func writeHolder(path string, h Holder) {
	record, err := json.Marshal(h)
	if err != nil || len(record) > maxHolder {
		record = nil
	}
	f, err := atomicfile.OpenOwn(path, os.O_WRONLY)
	if err != nil {
		return
	}
	record = append(record, '\n')
	if runtime.GOOS != "windows" {
		_, _ = f.WriteAt([]byte{' '}, 0) // for human readers: not a hole
	}
	if _, err := f.WriteAt(record, holderStart); err == nil {
		_ = f.Truncate(holderStart + int64(len(record)))
	}
	_ = f.Close()
}

func clearHolder(path string) {
	if f, err := atomicfile.OpenOwn(path, os.O_WRONLY); err == nil {
		_ = f.Truncate(holderStart)
		_ = f.Close()
	}
}

// readHolder reads the record, or returns zero when there is none that can be
// read: the holder may be about to write it, or may have had no room to.
func readHolder(path string) Holder {
	f, err := atomicfile.OpenOwn(path, os.O_RDONLY)
	if err != nil {
		return Holder{}
	}
	record, err := io.ReadAll(io.NewSectionReader(f, holderStart, maxHolder+1))
	_ = f.Close()
	var h Holder
	if err != nil || json.Unmarshal(record, &h) != nil {
		return Holder{}
	}
	return h
}
