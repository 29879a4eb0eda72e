package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// orphanAge is how old a temporary file must be to count as left behind by a
// writer that died, where a living one cannot be ruled out.
const orphanAge = time.Hour

// maxTempNames is how many names are tried for a temporary file. With random
// names more than one is needed about never.
const maxTempNames = 100

func tempPrefix(target string) string { return "." + filepath.Base(target) + ".tmp-" }

func createTemp(target string, perm fs.FileMode) (*os.File, error) {
	for attempt := 1; ; attempt++ {
		name := fmt.Sprintf("%s%08x", tempPrefix(target), rand.Uint32())
		f, err := os.OpenFile(filepath.Join(filepath.Dir(target), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if err == nil || !errors.Is(err, fs.ErrExist) || attempt == maxTempNames {
			return f, err
		}
	}
}

// sweep removes the target's temporary files that are at least as old as age;
// with an age of zero, all of them. It does what it can: they are in nobody's
// way, so that failing to remove them is no reason to fail.
func sweep(target string, age time.Duration) {
	dir, err := os.Open(filepath.Dir(target))
	if err != nil {
		return
	}
	names, _ := dir.Readdirnames(-1)
	_ = dir.Close()
	prefix := tempPrefix(target)
	for _, name := range names {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		path := filepath.Join(filepath.Dir(target), name)
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if age == 0 || time.Since(info.ModTime()) >= age {
			_ = os.Remove(path)
		}
	}
}
