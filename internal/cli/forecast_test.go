package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// A plan says how long an apply takes at the least when the budget that is left
// is not enough for it.
func TestPlanForecasts(t *testing.T) {
	for _, c := range []struct {
		limit int
		want  string
	}{
		// 1 project, 40 pages, 1 volume, 1 list of jobs, the user; 40 submissions and 40 looks.
		{1000, `about 124 requests\n`},
		{100, `about 124 requests, at least (9|10) min( \d+ s)? at the platform's limit\n`},
	} {
		server := simulate(t, fmt.Sprintf(`
user: lab
projects: [{id: lab/rna-seq, generate: [{count: 4000, path: "{n}.bam"}]}]
volumes: [{id: lab/archive}]
behavior: {rate_limit: {limit: %d, window: 5m}}
`, c.limit))
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "sbexport.yaml"), []byte(wholePlan), 0o600); err != nil {
			t.Fatal(err)
		}
		told := program(t, dir, server.Transport(), "plan").want(t, ExitOK)
		if !regexp.MustCompile(c.want).MatchString(told.out) {
			t.Errorf("with %d requests in a window the plan does not say %q:\n%.3000s", c.limit, c.want, told.out[max(0, len(told.out)-300):])
		}
	}
}
