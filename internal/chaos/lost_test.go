//go:build unix

package chaos

import (
	"fmt"
	"testing"

	"sbexport/internal/cli"
)

// moves is a scenario of files that are moved and of nothing else, on a platform
// with this behavior.
func moves(count int, behavior ...string) scenario {
	f := folder{name: "d0", rules: treatments[0]}
	for n := range count {
		f.files = append(f.files, file{id: fmt.Sprintf("%024x", n+1), path: fmt.Sprintf("d0/f%d.bam", n+1)})
	}
	return scenario{folders: []folder{f}, behavior: behavior}
}

// With the journal and without a lockfile there is only the platform to ask. Its
// jobs end while it is asked: one that was open when the files were listed, and
// has ended when the jobs are, must not be overlooked.
func TestJobsThatEndWhileTheNextRunLooks(t *testing.T) {
	s := moves(60, "  jobs: {pending: 0ms, duration: {min: 500ms, max: 700ms}", "  latency: 150ms")
	twin := s.undisturbed(t)
	if err := s.outlived(t, []life{{point: cli.PointAnswered, pass: 1}}, twin); err != nil {
		t.Fatal(err)
	}
}
