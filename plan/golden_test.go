package plan_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sbexport/plan"
)

var update = flag.Bool("update", false, "write the expected output of the invalid plans anew")

// environment is what the plans of the tests may refer to.
func environment(name string) (string, bool) {
	value, ok := map[string]string{
		"OWNER": "rfranklin", "EMPTY": "", "COUNT": "12", "FLAG": "true", "WORD": "maybe", "BAD": "\xff", "TWO_LINES": "a\nb",
	}[name]
	return value, ok
}

// TestInvalid holds every broken plan against its expected problems, with
// positions and hints.
func TestInvalid(t *testing.T) {
	files, err := filepath.Glob("../testdata/invalid/*.yaml")
	if err != nil || len(files) < 75 {
		t.Fatalf("found %d broken plans, want at least 75 (error: %v)", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := problemsOf(t, name, src)
			golden := strings.TrimSuffix(file, ".yaml") + ".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

// problemsOf loads a broken plan and writes its problems down.
func problemsOf(t *testing.T, name string, src []byte) string {
	t.Helper()
	_, err := plan.Load(name, src, environment)
	var problems *plan.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("Load returned %v, want problems", err)
	}
	lines := strings.Split(problems.Error(), "\n")
	var b strings.Builder
	for i, line := range lines {
		fmt.Fprintln(&b, line)
		if i < len(problems.List) && i < 100 && problems.List[i].Hint != "" {
			fmt.Fprintf(&b, "    hint: %s\n", problems.List[i].Hint)
		}
	}
	return b.String()
}
