package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// file is a file of an archive.
type file struct {
	path       string // with slashes, in the archive's folder
	text       []byte
	executable bool
}

func (f *file) mode() fs.FileMode {
	if f.executable {
		return 0o755
	}
	return 0o644
}

// documents are README, the help topics and the examples of the repository at
// root, with their links to each other.
func documents(root string) ([]file, error) {
	links := strings.NewReplacer("](internal/help/", "](help/", "](../../examples", "](../examples")
	source := regexp.MustCompile(`\[([^\]]+)\]\((?:internal|testdata)/[^)]*\)`) // is not in an archive
	var files []file
	add := func(path, name string) error {
		text, err := os.ReadFile(path)
		if filepath.Ext(name) == ".md" {
			text = []byte(source.ReplaceAllString(links.Replace(string(text)), "$1"))
		}
		info, _ := os.Stat(path)
		files = append(files, file{name, text, err == nil && info.Mode()&0o100 != 0})
		return err
	}
	topics, _ := filepath.Glob(filepath.Join(root, "internal", "help", "*.md"))
	err := add(filepath.Join(root, "README.md"), "README.md")
	for _, path := range topics {
		err = errors.Join(err, add(path, "help/"+filepath.Base(path)))
	}
	err = errors.Join(err, filepath.WalkDir(filepath.Join(root, "examples"), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".sbexport": // what a run has left there
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(path, ".lock.json"):
			return nil
		}
		name, err := filepath.Rel(root, path)
		return errors.Join(err, add(path, filepath.ToSlash(name)))
	}))
	if err != nil {
		return nil, fmt.Errorf("reading the documents: %w", err)
	}
	return files, nil
}

// sorted are the files in the order in which they are archived.
func sorted(files []file) []file {
	return slices.SortedFunc(slices.Values(files), func(a, b file) int { return cmp.Compare(a.path, b.path) })
}

// tarball writes NAME.tar.gz, with the files in a folder.
func tarball(name, folder string, files []file, at time.Time) error {
	var b bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	w := tar.NewWriter(compressed)
	for _, f := range sorted(files) {
		header := tar.Header{
			Name: folder + "/" + f.path, Size: int64(len(f.text)), Mode: int64(f.mode()), ModTime: at,
			Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
		}
		err = errors.Join(err, w.WriteHeader(&header))
		_, failed := w.Write(f.text)
		err = errors.Join(err, failed)
	}
	return finish(name+".tar.gz", &b, errors.Join(err, w.Close(), compressed.Close()))
}

// zipped writes NAME.zip, with the files in a folder.
func zipped(name, folder string, files []file, at time.Time) error {
	var b bytes.Buffer
	var err error
	w := zip.NewWriter(&b)
	for _, f := range sorted(files) {
		header := zip.FileHeader{Name: folder + "/" + f.path, Method: zip.Deflate, Modified: at}
		header.SetMode(f.mode())
		part, failed := w.CreateHeader(&header)
		if failed == nil {
			_, failed = part.Write(f.text)
		}
		err = errors.Join(err, failed)
	}
	return finish(name+".zip", &b, errors.Join(err, w.Close()))
}

func finish(name string, b *bytes.Buffer, err error) error {
	if err == nil {
		err = os.WriteFile(name, b.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
