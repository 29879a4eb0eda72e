package state

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxFile is the largest lockfile or journal that is read, in bytes. A lockfile
// of a million exports is half of it.
const maxFile = 1 << 30

// read reads a whole file. Where there is none, data and info are nil.
func (k kindOfFile) read(path string) (data []byte, info fs.FileInfo, err error) {
	info, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the %s: %w", k.noun, err)
	}
	// Before it is opened: opening a pipe would wait for a writer.
	if !info.Mode().IsRegular() {
		return nil, nil, &FileError{
			Noun: k.noun, Path: path, Kind: ErrNotRegular,
			Detail: "it is not a regular file", Advice: "move away what is there",
		}
	}
	if info.Size() <= maxFile {
		data, info, err = readAll(path)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the %s: %w", k.noun, err)
	}
	if info.Size() > maxFile || len(data) > maxFile {
		return nil, nil, &FileError{
			Noun: k.noun, Path: path, Kind: ErrTooLarge,
			Detail: fmt.Sprintf("it is larger than %d bytes, which no %s is", maxFile, k.noun), Advice: k.restore,
		}
	}
	return data, info, nil
}

// readAll reads at most one byte more than maxFile. The file's description is
// from before the reading, so that a change during it is noticed later.
func readAll(path string) ([]byte, fs.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	b := bytes.NewBuffer(make([]byte, 0, min(info.Size(), maxFile)+bytes.MinRead))
	_, err = b.ReadFrom(io.LimitReader(f, maxFile+1))
	return b.Bytes(), info, errors.Join(err, f.Close())
}
