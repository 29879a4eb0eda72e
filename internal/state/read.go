package state

import (
	"errors"
	"fmt"
	"io/fs"

	"sbexport/internal/atomicfile"
)

// maxFile is the largest lockfile or journal that is read, in bytes. A lockfile
// of a million exports is half of it.
const maxFile = 1 << 30

// read reads a whole file. Where there is none, data and info are nil.
func (k kindOfFile) read(path string) (data []byte, info fs.FileInfo, err error) {
	data, info, err = k.open(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		if err = atomicfile.Check(path); err == nil {
			return nil, nil, nil
		}
	}
	if bad, ok := errors.AsType[*atomicfile.KindError](err); ok {
		return nil, nil, k.unusable(path, ErrNotRegular, "it is "+bad.Kind, "move away what is there")
	}
	if errors.Is(err, atomicfile.ErrTooLarge) {
		return nil, nil, k.unusable(path, ErrTooLarge, fmt.Sprintf("it is larger than %d bytes, which no %s is", maxFile, k.noun), k.restore)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the %s: %w", k.noun, err)
	}
	return data, info, nil
}

func (k kindOfFile) unusable(path string, kind error, detail, advice string) error {
	return &FileError{Noun: k.noun, Path: path, Kind: kind, Detail: detail, Advice: advice}
}
