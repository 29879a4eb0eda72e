package view

import (
	"fmt"
	"testing"

	"sbexport/internal/change"
	"sbexport/internal/coverage"
)

// covered is a project of which each class has so many files, in its order.
func covered(id string, files ...int) coverage.Project {
	p := coverage.Project{ID: id, Classes: map[coverage.Class]coverage.Share{}}
	for i, class := range coverage.Classes {
		s := coverage.Share{Files: files[i], Bytes: int64(files[i]) * 1_234_567}
		p.Classes[class] = s
		if class != coverage.Exported {
			p.OnPlatform.Files += s.Files
			p.OnPlatform.Bytes += s.Bytes
		}
	}
	return p
}

// portfolio has a project with everything, some that are exported whole, and an
// empty one.
func portfolio() []coverage.Project {
	mixed := covered("rfranklin/rna-seq", 12_345, 17, 200, 3, 1, 64)
	mixed.OfFailed, mixed.Intermediate = coverage.Share{Files: 12, Bytes: 14_000_000}, coverage.Share{Files: 1, Bytes: 9_000}
	for i, path := range []string{"", hostile, "work/0b0a5c3e-5d0c-4b1c-9f6b-0e3c8d1d2f11/intermediate/alignments/of/the/second/run"} {
		mixed.Rest = append(mixed.Rest, coverage.Rest{Folder: coverage.Folder{Path: path, Share: coverage.Share{Files: 30 - i, Bytes: 1 << (40 - 10*i)}}, Whole: i > 0})
	}
	for i := range 30 {
		mixed.Rest = append(mixed.Rest, coverage.Rest{Folder: coverage.Folder{Path: fmt.Sprintf("logs/%d", i), Share: coverage.Share{Files: 1, Bytes: 100}}})
	}
	untouched := covered("lab/old", 0, 0, 0, 0, 0, 7)
	untouched.Rest = []coverage.Rest{{Folder: coverage.Folder{Share: coverage.Share{Files: 7, Bytes: 8_641_969}}, Whole: true}}
	return []coverage.Project{covered("lab/a", 1000, 0, 0, 0, 0, 0), mixed, covered("lab/b", 1, 0, 0, 0, 0, 0), untouched, covered("lab/empty", 0, 0, 0, 0, 0, 0)}
}

func TestCoverage(t *testing.T) {
	o := CoverageOptions{Plan: "sbexport.yaml", Endpoint: "https://cavatica-api.sbgenomics.com/v2", Requests: 42}
	o.Unread = []change.Blocked{{Reason: change.Forbidden, Project: "lab/closed", Message: "the project cannot be read, and is left out: Insufficient privileges; ask for access to it"}}
	o.Warnings = []string{`rule "results" matches no file of project lab/empty`}
	eachStream(t, "coverage", func(s Stream) error { return Coverage(s, portfolio(), o) })
	golden(t, "coverage-markdown", CoverageMarkdown(portfolio(), o))
	o.Unread, o.Warnings = nil, nil
	one := []coverage.Project{covered("lab/a", 1000, 0, 0, 0, 0, 0)}
	eachStream(t, "coverage-whole", func(s Stream) error { return Coverage(s, one, o) })
}
