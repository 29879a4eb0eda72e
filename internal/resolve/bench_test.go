package resolve_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sbexport/internal/platform"
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
	return platform.File{
		ID: fmt.Sprintf("%s%012x", folder[12:], i), Name: name, Project: project, Parent: folder, Size: 1 << 30,
		CreatedOn: created, ModifiedOn: created,
		Storage:  platform.Storage{Type: platform.OnPlatform, HostedOn: []string{"aws:us-east-1"}},
		Metadata: map[string][]string{"sample_id": {"S1"}},
	}
}

func (l lake) File(context.Context, string) (*platform.File, error) { return nil, errNotThere }

// Files finds none of the files.
func (l lake) Files(_ context.Context, ids []string) ([]platform.FileResult, error) {
	results := make([]platform.FileResult, len(ids))
	for i, id := range ids {
		results[i] = platform.FileResult{ID: id, Err: errNotThere}
	}
	return results, nil
}

func (lake) Projects(context.Context) ([]platform.Project, int, error) { return nil, 0, nil }

func (lake) Tasks(context.Context, string, string) ([]platform.Task, error) { return nil, nil }

func (lake) Outputs(context.Context, []*platform.Task) error { return nil }

// manyRules are rules of one form, numbered.
func manyRules(n int, form string) string {
	var b strings.Builder
	b.WriteString("\n")
	for i := range n {
		fmt.Fprintf(&b, "- {%s, to: \"%d/{path}\"}\n", strings.ReplaceAll(strings.ReplaceAll(form, "NNNN", fmt.Sprintf("%04d", i)), "N", fmt.Sprint(i)), i)
	}
	return b.String()
}

// BenchmarkManyRules resolves 50 000 files with a thousand rules, of the forms
// that people and programs write.
func BenchmarkManyRules(b *testing.B) {
	for name, form := range map[string]string{
		"folder":   `match: "sampleNNNN/**"`,
		"deep":     `match: "**/sampleNNNN/*.bam"`,
		"number":   `match: "**/*_00NNNN.*"`,
		"braces":   `match: "**/a_file_*_0NNNN*.{bam,log}"`,
		"nothing":  `match: "gone/**/N*.vcf"`,
		"metadata": `match: "**/*.bam", where: {metadata: {sample_id: SN}}`,
		"all":      `match: "**", where: {metadata: {sample_id: SN}, older_than: 7d}`,
		"tags":     `match: "**/*.bam", where: {tags: [batchN]}`,
		"exclude":  `match: "**/*.bam", exclude: "**/*_N.bam"`,
		"id":       `file: "00000000000N"`,
	} {
		b.Run(name, func(b *testing.B) {
			p := load(b, manyRules(1000, form))
			for b.Loop() {
				resolved(b, lake{100, 500}, p)
			}
		})
	}
}
