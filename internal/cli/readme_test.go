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

// alone gives a test a home without credentials, and takes away what only a
// runner sets.
func alone(t *testing.T) {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	for _, name := range []string{"GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS", "SB_AUTH_TOKEN", "SB_API_ENDPOINT"} {
		t.Setenv(name, "")
	}
}

// The consoles in the readme, one after the other, print what the readme says.
func TestReadmeTour(t *testing.T) {
	alone(t)
	text := read(t, readme)
	work := t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "examples"), os.DirFS(filepath.Join("..", "..", "examples"))); err != nil {
		t.Fatal(err)
	}
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

// typed is a command of a console block; lines after its first begin with "> ",
// as a shell shows them.
var typed = regexp.MustCompile(`(?m)^\$ .*\n(?:> .*\n)*`)

// replay runs the commands of a block and is the block with what they print.
func (s *shell) replay(t *testing.T, block string) string {
	t.Helper()
	var b strings.Builder
	for _, lines := range typed.FindAllString(block, -1) {
		b.WriteString(lines)
		command := strings.ReplaceAll(strings.TrimPrefix(strings.TrimSuffix(lines, "\n"), "$ "), "\n> ", "\n")
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

// The plans and seeds in the readme are good.
func TestReadmeYAML(t *testing.T) {
	alone(t)
	plans, seeds := 0, 0
	for _, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(read(t, readme), -1) {
		dir := t.TempDir()
		args := []string{"validate", "-f", "document.yaml"}
		if strings.HasPrefix(block[1], "user:") {
			seeds++
			args = []string{"snapshot", "--simulator", "document.yaml", "--project", "rfranklin/rna-seq", "--out", "again.yaml"}
		} else {
			plans++
		}
		for _, from := range regexp.MustCompile(`from: ([^\s,}]+)`).FindAllStringSubmatch(block[1], -1) {
			write(t, filepath.Join(dir, from[1]), "bytes")
		}
		write(t, filepath.Join(dir, "document.yaml"), block[1])
		cmd := exec.Command("sbexport", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("sbexport %s: %v\n%s%s", strings.Join(args, " "), err, block[1], out)
		}
	}
	if plans == 0 || seeds == 0 {
		t.Errorf("found %d plans and %d seeds", plans, seeds)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The readme names every command, flag, exit code, key of the plan, and reason.
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
	for _, command := range commands(t) {
		mention("command", command)
		for _, f := range flags.FindAllStringSubmatch(help(t, command), -1) {
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

// help is what a command says of itself.
func help(t *testing.T, command string) string {
	t.Helper()
	var out strings.Builder
	s := cli.OS()
	s.Out, s.Err = &out, &out
	if code := cli.Main(t.Context(), append(strings.Fields(command), "--help"), s); code != cli.ExitOK {
		t.Fatalf("sbexport %s --help: exit %d", command, code)
	}
	return out.String()
}

// commands are all commands, with those below others.
func commands(t *testing.T) []string {
	t.Helper()
	listed := regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z]+)?)  `)
	list := func(command string) []string {
		_, below, _ := strings.Cut(help(t, command), "\nCommands:\n")
		var names []string
		for _, found := range listed.FindAllStringSubmatch(below, -1) {
			names = append(names, found[1])
		}
		return names
	}
	all := list("")
	for _, command := range all {
		all = append(all, list(command)...)
	}
	if len(all) < 10 || !slices.Contains(all, "lockfile merge") {
		t.Fatalf("commands found: %q", all)
	}
	return all
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

// The readmes' links lead somewhere, and there is one to every example.
func TestReadmeLinks(t *testing.T) {
	examples := filepath.Join("..", "..", "examples")
	for _, name := range []string{
		readme, filepath.Join(examples, "README.md"), filepath.Join(examples, "ci", "README.md"),
	} {
		checkLinks(t, name)
	}
	listed := read(t, filepath.Join(examples, "README.md"))
	folders, err := os.ReadDir(examples)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.IsDir() && !strings.Contains(listed, "("+f.Name()+")") {
			t.Errorf("the examples' readme does not mention %s", f.Name())
		}
	}
}

// checkLinks follows the links of a page, but for those to other sites.
func checkLinks(t *testing.T, page string) {
	t.Helper()
	text := read(t, page)
	links := regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`).FindAllStringSubmatch(text, -1)
	if len(links) == 0 {
		t.Fatalf("%s has no links", page)
	}
	headings := map[string]bool{}
	for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		headings[strings.ReplaceAll(strings.ToLower(regexp.MustCompile(`[^\pL\d _-]`).ReplaceAllString(h[1], "")), " ", "-")] = true
	}
	for _, l := range links {
		switch {
		case strings.HasPrefix(l[1], "https://"):
		case l[1] == "" && !headings[l[2]]:
			t.Errorf("%s: no heading for #%s", page, l[2])
		case l[1] != "":
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), l[1])); err != nil {
				t.Errorf("%s: a link leads nowhere: %v", page, err)
			}
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
