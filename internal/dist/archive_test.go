package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var at = time.Unix(1.7e9, 0)

func written(t *testing.T, write func(string, string, []file, time.Time) error, files []file, suffix string) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a")
	if err := write(name, "folder", files, at); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name + suffix)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// An archive is the same whatever the order in which files were found, and when
// and by whom it is written.
func TestArchivesAreTheSame(t *testing.T) {
	files := []file{{"sbexport", []byte("program"), true}, {"man/man1/a.1", []byte("page"), false}, {"README.md", nil, false}}
	shuffled := []file{files[1], files[2], files[0]}
	tarred := written(t, tarball, files, ".tar.gz")
	zip1 := written(t, zipped, files, ".zip")
	if !bytes.Equal(tarred, written(t, tarball, shuffled, ".tar.gz")) || !bytes.Equal(zip1, written(t, zipped, shuffled, ".zip")) {
		t.Error("the order of files shows in the archive")
	}

	want := []string{"folder/README.md -rw-r--r--", "folder/man/man1/a.1 -rw-r--r--", "folder/sbexport -rwxr-xr-x"}
	var inTar, inZip []string
	uncompressed, err := gzip.NewReader(bytes.NewReader(tarred))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(uncompressed); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		inTar = append(inTar, h.Name+" "+h.FileInfo().Mode().String())
		if !h.ModTime.Equal(at) || h.Uid != 0 || h.Uname != "" {
			t.Errorf("%s tells who made it, or when: %+v", h.Name, h)
		}
	}
	r, err := zip.NewReader(bytes.NewReader(zip1), int64(len(zip1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		inZip = append(inZip, f.Name+" "+f.Mode().String())
		if !f.Modified.Equal(at) {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
	}
	if !slices.Equal(inTar, want) || !slices.Equal(inZip, want) {
		t.Errorf("in the tar file %q\nin the zip file %q\nwant %q", inTar, inZip, want)
	}
}

// The links of the documents in an archive lead to what is in it.
func TestDocumentsLinkToEachOther(t *testing.T) {
	files, err := documents(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, f := range files {
		for dir := f.path; dir != "."; dir = path.Dir(dir) {
			there[dir] = true
		}
	}
	links := 0
	for _, f := range files {
		if path.Ext(f.path) != ".md" {
			continue
		}
		for _, l := range regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(string(f.text), -1) {
			links++
			if !strings.HasPrefix(l[1], "https://") && !there[path.Join(path.Dir(f.path), l[1])] {
				t.Errorf("%s links to %s, which is not in the archive", f.path, l[1])
			}
		}
	}
	if links < 50 || !there["examples/ci/github-nightly.yml"] || !there["help/plan.md"] {
		t.Errorf("%d links, and of %d files some are missing", links, len(files))
	}
}
