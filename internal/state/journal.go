package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"sbexport/internal/atomicfile"
)

// Journal is the crash record of one run. A run that dies leaves it behind; the
// next one reads it and goes on. Only the holder of the run lock may open it.
type Journal struct {
	path string

	mu     sync.Mutex
	file   journalFile
	batch  uint64
	failed error // after a failed commit the end of the file is not known
	closed bool
}

// journalFile is what a journal needs of its file.
type journalFile interface {
	io.WriteCloser
	Sync() error
	Stat() (fs.FileInfo, error)
}

// OpenJournal opens the journal at path, or begins one, and returns the records
// an earlier run has left. An end that was cut off as that run died is removed.
// Any other damage is a *FileError, and the file stays as it is.
func OpenJournal(path string) (*Journal, []Record, error) {
	data, _, err := journalKind.read(path)
	if err != nil {
		return nil, nil, err
	}
	r, err := replay(path, data)
	if err != nil {
		return nil, nil, err
	}
	// The umask decides who may go on with it, as with the directory it is in.
	f, err := atomicfile.OpenOwn(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, nil, fmt.Errorf("open the journal: %w", err)
	}
	if err := prepare(f, r.end); err != nil {
		return nil, nil, fmt.Errorf("open the journal: %w", errors.Join(err, f.Close()))
	}
	return &Journal{path: path, file: f, batch: r.batch}, r.records, nil
}

// prepare cuts the file off behind its sound part and gets it ready to be
// appended to.
func prepare(f *os.File, end int) error {
	err := f.Truncate(int64(end))
	if err == nil {
		_, err = f.Seek(int64(end), io.SeekStart)
	}
	if err == nil && end == 0 {
		_, err = f.Write(header())
	}
	if err == nil {
		err = atomicfile.Sync(f)
	}
	if err == nil {
		err = atomicfile.SyncDir(filepath.Dir(f.Name()))
	}
	return err
}

// Append writes records. When it returns nil, they are on disk. Any number of
// goroutines may append. After an error it is not known which records are on disk,
// and every later Append fails too: nothing more may be submitted in this run.
func (j *Journal) Append(records ...Record) error {
	payloads := make([][]byte, len(records))
	for i, r := range records {
		var err error
		if payloads[i], err = r.payload(); err != nil {
			return fmt.Errorf("write to the journal: %w", err)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed != nil {
		return fmt.Errorf("write to the journal, which failed before: %w", j.failed)
	}
	if j.failed = j.write(payloads); j.failed != nil {
		return fmt.Errorf("write to the journal: %w", j.failed)
	}
	return nil
}

// write writes payloads in batches of limited size, each on disk before the
// next begins.
func (j *Journal) write(payloads [][]byte) error {
	var batch []byte
	for i, p := range payloads {
		last := i == len(payloads)-1 || len(batch)+len(p) >= maxBatch
		batch = appendLine(batch, line{j.batch + 1, last, p})
		if !last {
			continue
		}
		if err := j.flush(batch); err != nil {
			return err
		}
		j.batch++
		batch = batch[:0]
	}
	return nil
}

func (j *Journal) flush(batch []byte) error {
	if err := j.stillThere(); err != nil {
		return err
	}
	if _, err := j.file.Write(batch); err != nil {
		return err
	}
	return atomicfile.Sync(j.file)
}

// stillThere notices that somebody has removed the journal, or put something
// else in its place: what is written then is lost to the next run.
func (j *Journal) stillThere() error {
	open, err := j.file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(j.path)
	if err != nil {
		return err
	}
	if !os.SameFile(open, named) {
		return fmt.Errorf("%q is no longer the file that was opened", j.path)
	}
	return nil
}

// Close closes the journal and leaves it for the next run.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.closed, j.failed = true, fs.ErrClosed
	if err := j.file.Close(); err != nil {
		return fmt.Errorf("close the journal: %w", err)
	}
	return nil
}

// Remove closes the journal and removes it, for good even if the power is cut
// next: the run has ended and the lockfile says all that there is to say.
func (j *Journal) Remove() error {
	err := j.Close()
	if rerr := atomicfile.Remove(j.path); rerr != nil {
		return errors.Join(err, fmt.Errorf("remove the journal: %w", rerr))
	}
	return err
}
