package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"sbexport/internal/contract"
)

// A plan says how long an apply takes at the least when the budget that is left
// is not enough for it.
func TestPlanForecasts(t *testing.T) {
	for _, c := range []struct {
		limit int
		want  string
	}{
		// 1 project, 40 pages, 1 volume, 1 list of jobs; 40 submissions and 40 looks.
		{1000, `about 123 requests\n`},
		{100, `about 123 requests, at least (9|10) min( \d+ s)? at the platform's limit\n`},
	} {
		contents := contract.NewContents()
		contents.Project(contract.Project, "aws:us-east-1")
		contents.Volume(contract.Volume{ID: contract.Good, Bucket: "b"})
		for i := range 4000 {
			contents.File(contract.Project, fmt.Sprintf("%d.bam", i), contract.File{Size: 10})
		}
		server := contract.New(contract.Options{Contents: contents, Tame: contract.Repeats, Limit: c.limit, Window: 5 * time.Minute})
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "sbexport.yaml"), []byte(contractPlan), 0o600); err != nil {
			t.Fatal(err)
		}
		told := program(t, dir, server.Serve(t), "plan").want(t, ExitOK)
		if !regexp.MustCompile(c.want).MatchString(told.out) {
			t.Errorf("with %d requests in a window the plan does not say %q:\n%.3000s", c.limit, c.want, told.out[max(0, len(told.out)-300):])
		}
	}
}
