package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// stateVersion is the version of the state file's format.
const stateVersion = 1

// stateHeader is the first line of a state file.
type stateHeader struct {
	Version int       `json:"simulator_state"`
	Seed    string    `json:"seed"`  // digest of the seed's text
	Began   time.Time `json:"began"` // when the platform was first started
}

// stateLog is the file that a simulated platform's state is kept in between
// processes: a header and then one event a line, only ever added to. Whoever
// uses it holds the lock beside it for the length of one request, so that
// several processes can share one platform.
type stateLog struct {
	path string
	file *os.File
	lock *os.File
	read int64 // bytes of the file that are known
}

// header opens the state file and reads its first line. A file of another seed
// is replaced; one that is damaged is left alone.
func (l *stateLog) header(seed *Seed) (header stateHeader, note string, err error) {
	l.file, err = openOwn(l.path, os.O_RDWR|os.O_APPEND)
	if errors.Is(err, fs.ErrNotExist) {
		return l.begin(seed, "")
	}
	if err != nil {
		return header, "", fmt.Errorf("open the simulator's state: %w", err)
	}
	text, err := io.ReadAll(l.file)
	if err != nil {
		return header, "", fmt.Errorf("read the simulator's state: %w", err)
	}
	line, _, whole := bytes.Cut(text, []byte{'\n'})
	if err := json.Unmarshal(line, &header); err != nil || !whole || header.Version != stateVersion {
		return header, "", l.damaged(errors.New("its first line is not that of a state file"))
	}
	if header.Seed != seed.digest {
		return l.begin(seed, "the seed has changed: the simulated platform starts afresh")
	}
	l.read = int64(len(line) + 1)
	return header, "", nil
}

// openOwn opens one of the files that the state is kept in. A link in its place
// may have come with a repository, and lead anywhere; a pipe would be waited for.
func openOwn(path string, flag int) (*os.File, error) {
	info, err := os.Lstat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is a link or not a file: move it away", path)
	case err != nil && flag&os.O_CREATE != 0:
		flag |= os.O_EXCL // which follows no link
	}
	return os.OpenFile(path, flag, 0o600)
}

// openLock opens the file that is locked, which another process may make at the
// same time.
func openLock(path string) (*os.File, error) {
	f, err := openOwn(path, os.O_CREATE|os.O_RDWR)
	if errors.Is(err, fs.ErrExist) {
		return openOwn(path, os.O_RDWR)
	}
	return f, err
}

// begin writes a state file without events, in place of one that is there.
func (l *stateLog) begin(seed *Seed, note string) (stateHeader, string, error) {
	header := stateHeader{Version: stateVersion, Seed: seed.digest, Began: time.Now().UTC()}
	line, err := json.Marshal(header)
	if err != nil {
		return header, "", fmt.Errorf("begin the simulator's state: %w", err)
	}
	line = append(line, '\n')
	l.read = int64(len(line))
	if l.file != nil {
		_ = l.file.Close() // of another seed
	}
	if err := replaceFile(l.path, line); err != nil {
		return header, "", fmt.Errorf("begin the simulator's state: %w", err)
	}
	if l.file, err = openOwn(l.path, os.O_RDWR|os.O_APPEND); err != nil {
		return header, "", fmt.Errorf("open the simulator's state: %w", err)
	}
	return header, note, nil
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, text []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func (l *stateLog) damaged(why error) error {
	return fmt.Errorf("the simulator's state %s is damaged (%w): delete it to start the simulated platform afresh", l.path, why)
}

// append adds lines to the file. With durable, they are on the disk when it
// returns; otherwise they are safe from the end of the process only.
func (l *stateLog) append(lines []byte, durable bool) error {
	n, err := l.file.Write(lines)
	l.read += int64(n)
	if err != nil {
		return fmt.Errorf("write the simulator's state: %w", err)
	}
	if !durable {
		return nil
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("write the simulator's state: %w", err)
	}
	return nil
}

func (l *stateLog) close() {
	if l.file != nil {
		_ = l.file.Close()
	}
	_ = l.lock.Close()
}
