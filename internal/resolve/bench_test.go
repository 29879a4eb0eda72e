package resolve_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"sbexport/internal/platform"
	"sbexport/internal/resolve"
)

// lake is a Source that makes its files up: folders of the same size, with a
// BAM file, its index and a log file in turn.
type lake struct{ folders, files int }

func (l lake) Project(_ context.Context, id string) (*platform.Project, error) {
	return &platform.Project{ID: id, RootFolder: "root"}, nil
}

func (l lake) Folder(_ context.Context, project, folder string, yield func([]platform.File) error) error {
	n := l.files
	if folder == "" {
		n = l.folders
	}
	page := make([]platform.File, 0, 100)
	for i := range n {
		if folder == "" {
			page = append(page, platform.File{ID: fmt.Sprintf("%024x", i), Name: fmt.Sprintf("sample%04d", i), Project: project, Parent: "root", Folder: true})
		} else {
			page = append(page, l.file(project, folder, i))
		}
		if len(page) == cap(page) || i == n-1 {
			if err := yield(page); err != nil {
				return err
			}
			page = page[:0]
		}
	}
	return nil
}

func (l lake) file(project, folder string, i int) platform.File {
	name := fmt.Sprintf("a_file_with_a_name_of_usual_length_%06d.%s", i-i%3, []string{"bam", "bam.bai", "log"}[i%3])
	f := platform.File{
		ID: fmt.Sprintf("%s%012x", folder[12:], i), Name: name, Project: project, Parent: folder, Size: 1 << 30,
		CreatedOn: created, ModifiedOn: created,
		Storage:  platform.Storage{Type: platform.OnPlatform, HostedOn: []string{"aws:us-east-1"}},
		Metadata: map[string][]string{"sample_id": {"S1"}},
	}
	if i%3 == 0 {
		f.Secondary = []platform.File{{ID: fmt.Sprintf("%s%012x", folder[12:], i+1), Name: name + ".bai"}}
	}
	return f
}

func (l lake) File(context.Context, string) (*platform.File, error) { return nil, errNotThere }

func (l lake) Files(_ context.Context, ids []string) ([]platform.FileResult, error) {
	return nil, fmt.Errorf("%d files were read by their IDs", len(ids))
}

// fifty are 50 rules, the last of which takes every file.
func fifty() string {
	var b strings.Builder
	b.WriteString("\n")
	for i := range 49 {
		fmt.Fprintf(&b, "- {match: [\"sample%04d/*.bam\", \"**/*_%06d.log\"], to: \"%d/{path}\"}\n", i, 3*i, i)
	}
	b.WriteString("- {match: \"**\", to: \"all/{metadata.sample_id}/{path}\"}\n")
	return b.String()
}

// BenchmarkRun resolves some 100 000 files in 100 folders.
func BenchmarkRun(b *testing.B) {
	for _, c := range []struct{ name, plan string }{
		{"all", `[{match: "**", to: "{path}"}]`},
		{"none", `[{match: "**/*.vcf", to: "{path}"}]`},
		{"secondary", `[{match: "**/*.bam", to: "{metadata.sample_id}/{name}", secondary_files: true}]`},
		{"fifty rules", fifty()},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			p := load(b, c.plan)
			var before, after runtime.MemStats
			var res *resolve.Result
			for b.Loop() {
				runtime.GC()
				runtime.ReadMemStats(&before)
				res = resolved(b, lake{100, 999}, p)
				runtime.GC()
				runtime.ReadMemStats(&after)
			}
			b.ReportMetric(float64(len(res.Wanted)), "files")
			b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/(1<<20), "MiB-kept")
		})
	}
}
