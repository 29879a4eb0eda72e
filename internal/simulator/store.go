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
	"strings"
	"time"
)

// Open makes the simulated platform of a seed and restores the state that an
// earlier process kept in stateDir, in a file named after the seed. When the
// seed's text has changed since, the platform starts afresh and Note says so.
// Every answer's consequences are on disk before the answer is given. Several
// processes may have one platform open at a time. Close releases the files.
func Open(seedPath, stateDir string, opts ...Option) (*Server, error) {
	seed, err := LoadSeed(seedPath)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(stateDir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for the simulator's state: %w", err)
	}
	base := strings.TrimSuffix(filepath.Base(seedPath), filepath.Ext(seedPath))
	log := &stateLog{path: filepath.Join(stateDir, "simulator-"+base+".jsonl")}
	if log.lock, err = openLock(log.path + ".lock"); err != nil {
		return nil, fmt.Errorf("open the lock of the simulator's state: %w", err)
	}
	if err := lockFile(log.lock); err != nil {
		log.close()
		return nil, fmt.Errorf("lock the simulator's state: %w", err)
	}
	s, err := log.restore(seed, opts)
	if err != nil {
		log.close()
		return nil, err
	}
	if err := unlockFile(log.lock); err != nil {
		log.close()
		return nil, fmt.Errorf("unlock the simulator's state: %w", err)
	}
	return s, nil
}

// restore makes the platform as the state file has it, or begins a new file.
func (l *stateLog) restore(seed *Seed, opts []Option) (*Server, error) {
	header, note, err := l.header(seed)
	if err != nil {
		return nil, err
	}
	s, err := build(seed, header.Began, opts)
	if err != nil {
		return nil, err
	}
	s.note = note
	if err := s.follow(l); err != nil {
		return nil, err
	}
	s.log = l
	return s, nil
}

// follow applies the events that were added to the file since the last time. A
// last line without an end is what a killed process left: its request was never
// answered, and the line is cut off.
func (s *Server) follow(l *stateLog) error {
	info, err := l.file.Stat()
	if err != nil {
		return fmt.Errorf("read the simulator's state: %w", err)
	}
	if info.Size() == l.read {
		return nil
	}
	text, err := io.ReadAll(io.NewSectionReader(l.file, l.read, info.Size()-l.read))
	if err != nil {
		return fmt.Errorf("read the simulator's state: %w", err)
	}
	for {
		line, rest, whole := bytes.Cut(text, []byte{'\n'})
		if !whole {
			break
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return l.damaged(err)
		}
		if err := s.apply(&e); err != nil {
			return l.damaged(err)
		}
		l.read += int64(len(line) + 1)
		text = rest
	}
	if len(text) > 0 {
		if err := l.file.Truncate(l.read); err != nil {
			return fmt.Errorf("cut a torn line off the simulator's state: %w", err)
		}
	}
	return nil
}

// errReplaced is the error of a state file that another process began anew.
var errReplaced = errors.New("another process has started the simulated platform afresh: its seed has changed")

// acquire takes the state for one request: it keeps other processes out and
// learns what they did. The caller calls release.
func (s *Server) acquire() (release func(), err error) {
	if s.broken != nil {
		return nil, s.broken
	}
	if s.log == nil {
		return func() {}, nil
	}
	if err := lockFile(s.log.lock); err != nil {
		return nil, fmt.Errorf("lock the simulator's state: %w", err)
	}
	release = func() { _ = unlockFile(s.log.lock) }
	if err := s.sameFile(); err != nil {
		release()
		return nil, err
	}
	if s.broken = s.follow(s.log); s.broken != nil {
		release()
		return nil, s.broken
	}
	return release, nil
}

// sameFile makes sure that the open file is the one that has the name.
func (s *Server) sameFile() error {
	named, err := os.Stat(s.log.path)
	if err != nil {
		return fmt.Errorf("find the simulator's state: %w", err)
	}
	opened, err := s.log.file.Stat()
	if err != nil {
		return fmt.Errorf("find the simulator's state: %w", err)
	}
	if !os.SameFile(named, opened) {
		return errReplaced
	}
	return nil
}

// Note is a sentence about how the platform was opened that the user should
// see, or empty.
func (s *Server) Note() string { return s.note }

// Save brings to the disk what an answer does not depend on: request counts and
// the state of the rate limit. All else is there already. It does nothing for a
// platform that is kept in memory only.
func (s *Server) Save() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log == nil {
		return nil
	}
	release, err := s.acquire()
	if err != nil {
		return err
	}
	defer release()
	s.advance(time.Now())
	s.dirty, s.unsaved.durable = true, true
	return s.flush()
}

// Close releases the state files. The Server answers no request afterwards.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = errors.New("the simulated platform is closed")
		if s.log != nil {
			s.log.close()
		}
	}
	return nil
}

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
