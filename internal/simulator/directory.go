package simulator

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// errOutside is the error of a key that is no place inside a volume's folder.
var errOutside = errors.New("the location is no file inside the volume's folder")

// partMark stands in the names of files that are still being written.
const partMark = ".sbexport-simulator-part-"

// maxMadeUp is how many bytes are made up for a file without content, at most.
// What is larger ends in a hole, so that a large file costs no disk.
const maxMadeUp = 1 << 20

// directory is a bucket whose objects are the files of a real folder. Every
// access goes through os.Root, so that neither ".." nor a symbolic link leads
// out of it.
type directory struct{ path string }

// name is the file name of a key, in the form os.Root takes.
func (d *directory) name(key string) (string, error) {
	if key == "" || path.Clean("/"+key) != "/"+key || !filepath.IsLocal(filepath.FromSlash(key)) ||
		strings.ContainsAny(key, "\x00\\") || strings.Contains(key, partMark) {
		return "", errOutside
	}
	return filepath.FromSlash(key), nil
}

func (d *directory) stat(key string) (object, bool, error) {
	name, err := d.name(key)
	if err != nil {
		return object{}, false, nil
	}
	root, err := os.OpenRoot(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return object{}, false, nil
	}
	if err != nil {
		return object{}, false, fmt.Errorf("open the folder of a volume: %w", err)
	}
	defer root.Close()
	info, err := root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return object{}, false, nil
	}
	return fileObject(info), true, nil
}

func fileObject(info fs.FileInfo) object {
	return object{size: info.Size(), modified: info.ModTime(), source: -1}
}

// put writes the bytes to a file beside the right one and renames it, so that a
// reader of the folder sees the whole object or none.
func (d *directory) put(key string, o object, bytes payload) error {
	name, err := d.name(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return fmt.Errorf("make the folder of a volume: %w", err)
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return fmt.Errorf("open the folder of a volume: %w", err)
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("%w: %w", errOutside, err)
	}
	part := filepath.Join(filepath.Dir(name), partMark+bytes.id.String())
	if err := writePart(root, part, o.size, bytes); err != nil {
		return err
	}
	if err := root.Rename(part, name); err != nil {
		_ = root.Remove(part)
		return fmt.Errorf("%w: %w", errOutside, err)
	}
	return nil
}

// writePart writes a file and brings it to the disk.
func writePart(root *os.Root, part string, size int64, bytes payload) (err error) {
	file, err := root.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutside, err)
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			_ = root.Remove(part)
		}
	}()
	if err := fill(file, size, bytes); err != nil {
		return fmt.Errorf("write an object into the folder of a volume: %w", err)
	}
	return file.Sync()
}

// fill writes what a file holds: its content, or bytes made from its ID.
func fill(file *os.File, size int64, bytes payload) error {
	switch {
	case bytes.given:
		_, err := io.WriteString(file, bytes.inline)
		return err
	case bytes.from != "":
		from, err := os.Open(bytes.from)
		if err != nil {
			return err
		}
		defer from.Close() //nolint:errcheck // nothing was written
		_, err = io.Copy(file, from)
		return err
	}
	var seed [32]byte
	copy(seed[:], bytes.id[:])
	binary.LittleEndian.PutUint64(seed[16:], uint64(size))
	if _, err := io.CopyN(file, rand.NewChaCha8(seed), min(size, maxMadeUp)); err != nil {
		return err
	}
	return file.Truncate(size)
}

func (d *directory) remove(key string) error {
	name, err := d.name(key)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the folder of a volume: %w", err)
	}
	defer root.Close()
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", errOutside, err)
	}
	return nil
}

func (d *directory) list(prefix, after string, limit int) ([]entry, bool, error) {
	dir, stem := prefix[:strings.LastIndexByte(prefix, '/')+1], prefix[strings.LastIndexByte(prefix, '/')+1:]
	root, err := os.OpenRoot(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("open the folder of a volume: %w", err)
	}
	defer root.Close()
	names, infos := readFolder(root, strings.TrimSuffix(dir, "/"))
	cut, more := page(names, stem, strings.TrimPrefix(after, dir), limit)
	entries := make([]entry, 0, len(cut))
	for _, name := range cut {
		e := entry{key: dir + name, prefix: strings.HasSuffix(name, "/")}
		if !e.prefix {
			e.object = fileObject(infos[name])
		}
		entries = append(entries, e)
	}
	return entries, more, nil
}

// readFolder gives the names of a folder's files, and of its folders with a
// slash, in order. What cannot be read, or leads out of the root, is left out,
// and so are links to folders, which could lead in circles.
func readFolder(root *os.Root, dir string) (names []string, infos map[string]fs.FileInfo) {
	if dir == "" {
		dir = "."
	}
	if !filepath.IsLocal(filepath.FromSlash(dir)) {
		return nil, nil
	}
	all, err := fs.ReadDir(root.FS(), path.Clean(dir))
	if err != nil {
		return nil, nil
	}
	infos = map[string]fs.FileInfo{}
	for _, item := range all {
		info, err := root.Stat(filepath.Join(filepath.FromSlash(dir), item.Name()))
		name := item.Name()
		switch {
		case err != nil || strings.Contains(name, partMark):
			continue
		case item.IsDir():
			names = append(names, name+"/")
		case info.Mode().IsRegular():
			names = append(names, name)
			infos[name] = info
		}
	}
	slices.Sort(names)
	return names, infos
}
