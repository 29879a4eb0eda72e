package cli_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
	"sbexport/internal/cli"
	"sbexport/schema"
)

// update writes what the commands of the readme print into it.
var update = flag.Bool("update-readme", false, "write the readme's console blocks anew")

var readme = filepath.Join("..", "..", "README.md")

// console is a block of commands and what they print.
var console = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")

// volatile is what differs from run to run.
var volatile = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`"export_id":"[A-Za-z0-9]+"`), `"export_id":"ID"`},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "TIME"},
	{regexp.MustCompile(`in (less than 1 s|\d+ s)\b`), "in TIME"},
	{regexp.MustCompile(`\d+ requests`), "N requests"},
}

func normal(text string) string {
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.instead)
	}
	return text
}

// The tour in the readme prints what the readme says.
func TestReadmeTour(t *testing.T) {
	text := read(t, readme)
	work := t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "examples"), os.DirFS(filepath.Join("..", "..", "examples"))); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", work)
	t.Setenv("GITHUB_STEP_SUMMARY", "")
	shell := &shell{dir: work}
	blocks := console.FindAllStringSubmatchIndex(text, -1)
	if len(blocks) == 0 {
		t.Fatal("the readme has no console blocks")
	}
	var written strings.Builder
	end := 0
	for _, at := range blocks {
		block := text[at[2]:at[3]]
		ran := shell.replay(t, block)
		if diff := cmp.Diff(normal(block), normal(ran)); diff != "" && !*update {
			t.Errorf("a console block (-readme +real; go test ./internal/cli -run Readme -update-readme writes it anew):\n%s", diff)
		}
		written.WriteString(text[end:at[2]] + ran)
		end = at[3]
	}
	written.WriteString(text[end:])
	if *update {
		if err := os.WriteFile(readme, []byte(written.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// shell runs commands one after the other.
type shell struct{ dir string }

// replay runs the commands of a block and is the block with what they print.
func (s *shell) replay(t *testing.T, block string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(block) {
		command, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "$ ")
		if !ok {
			continue
		}
		b.WriteString(line)
		if dir, ok := strings.CutPrefix(command, "cd "); ok {
			s.dir = filepath.Join(s.dir, dir)
			continue
		}
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = s.dir
		var complaints strings.Builder
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s%s", command, err, out, complaints.String())
		}
		b.Write(out)
	}
	return b.String()
}

// The readme names every flag, every key of the plan, and every reason.
func TestReadmeIsComplete(t *testing.T) {
	text := read(t, readme)
	mention := func(what, name string) {
		if !strings.Contains(text, "`"+name) && !strings.Contains(text, " "+name) {
			t.Errorf("the readme does not mention the %s %s", what, name)
		}
	}
	for _, code := range []int{
		cli.ExitOK, cli.ExitError, cli.ExitChanges, cli.ExitIncomplete, cli.ExitInvalid,
		cli.ExitRefused, cli.ExitInterrupt, cli.ExitTerminated,
	} {
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^\| (\d+, )?%d[ ,]`, code)).MatchString(text) {
			t.Errorf("the readme does not list the exit code %d", code)
		}
	}
	flags := regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[a-z-]+)`)
	for _, command := range []string{"validate", "plan", "apply", "simulate", "schema", "version"} {
		help, err := exec.Command("sbexport", command, "--help").Output()
		if err != nil {
			t.Fatalf("sbexport %s --help: %v", command, err)
		}
		mention("command", command)
		for _, f := range flags.FindAllStringSubmatch(string(help), -1) {
			mention("flag", f[1])
		}
	}
	for _, r := range change.Reasons {
		mention("reason", string(r)+"`")
	}
	for _, key := range planKeys(t) {
		mention("key", key+"`")
	}
}

// planKeys are the keys that a plan can have, anywhere.
func planKeys(t *testing.T) []string {
	t.Helper()
	var document any
	if err := json.Unmarshal(schema.Plan(), &document); err != nil {
		t.Fatal(err)
	}
	var keys []string
	var walk func(node any)
	walk = func(node any) {
		switch n := node.(type) {
		case map[string]any:
			for keyword, below := range n {
				named, ok := below.(map[string]any)
				if !ok || keyword != "properties" && keyword != "$defs" {
					walk(below)
					continue
				}
				for name, of := range named {
					if keyword == "properties" {
						keys = append(keys, name)
					}
					walk(of)
				}
			}
		case []any:
			for _, below := range n {
				walk(below)
			}
		}
	}
	walk(document)
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if len(keys) < 20 {
		t.Fatalf("only %d keys found in the schema", len(keys))
	}
	return keys
}

// The readme's links lead somewhere.
func TestReadmeLinks(t *testing.T) {
	text := read(t, readme)
	links := regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`).FindAllStringSubmatch(text, -1)
	if len(links) == 0 {
		t.Fatal("the readme has no links")
	}
	headings := map[string]bool{}
	for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		headings[strings.ReplaceAll(strings.ToLower(regexp.MustCompile("[`:]").ReplaceAllString(h[1], "")), " ", "-")] = true
	}
	for _, l := range links {
		if l[1] == "" && !headings[l[2]] {
			t.Errorf("no heading for #%s", l[2])
		}
		if l[1] == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", "..", l[1])); err != nil {
			t.Errorf("a link leads nowhere: %v", err)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
