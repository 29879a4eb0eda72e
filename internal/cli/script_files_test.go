package cli_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"gopkg.in/yaml.v3"
)

// photo is what a file or the files of a directory look like: bytes and times by
// name.
type photo map[string]string

func photographed(ts *testscript.TestScript, dir string) photo {
	seen := photo{}
	root := ts.MkAbs(dir)
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		seen[name] = fmt.Sprintf("%s %v %x", info.ModTime().UTC(), info.Mode(), sha256.Sum256(text))
		return err
	}))
	return seen
}

// photograph remembers what a file or a directory looks like.
func photograph(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "photograph PATH")
	onStage(ts).photos[ts.MkAbs(args[0])] = photographed(ts, args[0])
}

// same compares a file or a directory with its photograph.
func same(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, false, args, 1, "[!] same PATH")
	before, ok := onStage(ts).photos[ts.MkAbs(args[0])]
	if !ok {
		ts.Fatalf("%s was not photographed", args[0])
	}
	diff := cmp.Diff(before, photographed(ts, args[0]))
	if (diff == "") == neg {
		ts.Fatalf("%s (-before +now):\n%s", args[0], diff)
	}
}

// workflow is as much of a workflow of GitHub Actions or GitLab CI as its shell
// steps take.
type workflow struct {
	Jobs map[string]struct {
		Steps []struct{ Name, Run string }
	}
	Plan, Apply struct{ Script []string }
	Default     struct {
		Before []string `yaml:"before_script"`
	}
}

// installStep is the step by which a job gets the program.
const installStep = "Install sbexport"

// steps writes the shell steps of a job, but for the one that installs the program,
// or with "install" just that one, as a shell script that stops at the first
// failure of a step, but for the last step, which runs always.
func steps(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3, "steps WORKFLOW JOB FILE [install]")
	source, err := os.ReadFile(filepath.Join(repository(ts), "examples", "ci", args[0]))
	ts.Check(err)
	var w workflow
	ts.Check(yaml.Unmarshal(source, &w))
	var parts []string
	for _, s := range w.Jobs[args[1]].Steps {
		if s.Run != "" && (s.Name == installStep) == (len(args) > 3) {
			parts = append(parts, s.Run)
		}
	}
	switch {
	case len(args) > 3:
		parts = append(parts, w.Default.Before...)
	case args[1] == "plan":
		parts = append(parts, w.Plan.Script...)
	case args[1] == "apply":
		parts = append(parts, w.Apply.Script...)
	}
	if len(parts) == 0 {
		ts.Fatalf("%s has no job %q with shell steps", args[0], args[1])
	}
	var b strings.Builder
	b.WriteString("failed=0\n")
	for i, part := range parts {
		guard := "[ $failed != 0 ] || "
		if i == len(parts)-1 && i > 0 && strings.Contains(part, "git push") {
			guard = ""
		}
		file := fmt.Sprintf("%s.%d", ts.MkAbs(args[2]), i)
		fmt.Fprintf(&b, "%sbash -e '%s' || failed=$?\n", guard, file)
		ts.Check(os.WriteFile(file, []byte(part), 0o644))
	}
	b.WriteString("exit $failed\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(b.String()), 0o644))
}

// repository is the root of this repository.
func repository(ts *testscript.TestScript) string {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	ts.Check(err)
	return root
}

// example copies an example to a directory of its name.
func example(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "example NAME")
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), os.DirFS(filepath.Join(repository(ts), "examples", args[0]))))
}
