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
	"sbexport/internal/help"
	"sbexport/schema"
)

// update writes what the commands of the pages print into them.
var update = flag.Bool("update-readme", false, "write the console blocks of the readme and of the help topics anew")

var readme = filepath.Join("..", "..", "README.md")

// pages are the readme and the help topics.
func pages() []string {
	all := []string{readme}
	for _, topic := range help.Topics() {
		all = append(all, filepath.Join("..", "help", topic.Name+".md"))
	}
	return all
}

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

// The consoles of a page, one after the other, print what it says.
func TestReadmeTour(t *testing.T) {
	alone(t)
	ran := 0
	for _, page := range pages() {
		t.Run(filepath.Base(page), func(t *testing.T) { ran += replayPage(t, page) })
	}
	if ran < 10 {
		t.Errorf("only %d console blocks were found", ran)
	}
}

// replayPage runs the consoles of a page, and is how many there are.
func replayPage(t *testing.T, page string) int {
	t.Helper()
	text := read(t, page)
	work := t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "examples"), os.DirFS(filepath.Join("..", "..", "examples"))); err != nil {
		t.Fatal(err)
	}
	shell := &shell{dir: work}
	blocks := console.FindAllStringSubmatchIndex(text, -1)
	var written strings.Builder
	end := 0
	for _, at := range blocks {
		block := text[at[2]:at[3]]
		ran := shell.replay(t, block)
		if diff := cmp.Diff(normal(block), normal(ran)); diff != "" && !*update {
			t.Errorf("a console block (-page +real; go test ./internal/cli -run Readme -update-readme writes it anew):\n%s", diff)
		}
		written.WriteString(text[end:at[2]] + ran)
		end = at[3]
	}
	written.WriteString(text[end:])
	if *update {
		write(t, page, written.String())
	}
	return len(blocks)
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

// The plans and seeds on the pages are good.
func TestReadmeYAML(t *testing.T) {
	alone(t)
	plans, seeds := 0, 0
	for _, page := range pages() {
		for _, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(read(t, page), -1) {
			args := []string{"validate", "-f", "document.yaml"}
			if strings.HasPrefix(block[1], "user:") {
				seeds++
				args = []string{"snapshot", "--simulator", "document.yaml", "--project", "rfranklin/rna-seq", "--out", "again.yaml"}
			} else {
				plans++
			}
			tryDocument(t, page, block[1], args)
		}
	}
	if plans < 2 || seeds == 0 {
		t.Errorf("found %d plans and %d seeds", plans, seeds)
	}
}

// tryDocument runs the program on a document of a page.
func tryDocument(t *testing.T, page, text string, args []string) {
	t.Helper()
	dir := t.TempDir()
	for _, from := range regexp.MustCompile(`from: ([^\s,}]+)`).FindAllStringSubmatch(text, -1) {
		write(t, filepath.Join(dir, from[1]), "bytes")
	}
	write(t, filepath.Join(dir, "document.yaml"), text)
	cmd := exec.Command("sbexport", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: sbexport %s: %v\n%s%s", page, strings.Join(args, " "), err, text, out)
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

// The readme names every command and exit code; the topics name every flag, key
// of the plan, reason and exit code, and no flag that there is not.
func TestReadmeIsComplete(t *testing.T) {
	overview := read(t, readme)
	for _, code := range []int{
		cli.ExitOK, cli.ExitError, cli.ExitChanges, cli.ExitIncomplete, cli.ExitInvalid,
		cli.ExitRefused, cli.ExitInterrupt, cli.ExitTerminated,
	} {
		for _, page := range []string{overview, topic(t, "exit-codes")} {
			if !regexp.MustCompile(fmt.Sprintf(`(?m)^\| (\d+, )?%d[ ,]`, code)).MatchString(page) {
				t.Errorf("the exit code %d is not listed", code)
			}
		}
	}
	exist := map[string]bool{}
	for _, command := range commands(t) {
		mention(t, overview, "command", command)
		for _, f := range flagsOf(t, command) {
			exist[f] = true
			mention(t, topic(t, "flags"), "flag", f)
		}
	}
	for _, r := range change.Reasons {
		mention(t, topic(t, "blocked"), "reason", string(r)+"`")
	}
	for _, key := range planKeys(t) {
		mention(t, topic(t, "plan")+topic(t, "patterns"), "key", key+"`")
	}
	for _, f := range regexp.MustCompile("`(--[a-z-]+)").FindAllStringSubmatch(overview+topic(t, "flags"), -1) {
		if !exist[f[1]] {
			t.Errorf("there is no flag %s", f[1])
		}
	}
}

func mention(t *testing.T, text, what, name string) {
	t.Helper()
	if !strings.Contains(text, "`"+name) && !strings.Contains(text, " "+name) {
		t.Errorf("the %s %s is not mentioned", what, name)
	}
}

func topic(t *testing.T, name string) string {
	t.Helper()
	found, ok := help.Find([]string{name})
	if !ok {
		t.Fatalf("there is no topic %s", name)
	}
	return found.Markdown
}

// The readme lists every topic, by its title.
func TestReadmeListsTopics(t *testing.T) {
	text := strings.ToLower(read(t, readme))
	for _, topic := range help.Topics() {
		line := fmt.Sprintf("| [%s](internal/help/%s.md) | %s |", strings.ReplaceAll(topic.Name, "-", " "), topic.Name, topic.Title)
		if !strings.Contains(text, strings.ToLower(line)) {
			t.Errorf("the readme lacks the line\n%s", line)
		}
	}
}

// usage is what a command says of itself.
func usage(t *testing.T, command string) string {
	t.Helper()
	var out strings.Builder
	s := cli.OS()
	s.Out, s.Err = &out, &out
	if code := cli.Main(t.Context(), append(strings.Fields(command), "--help"), s); code != cli.ExitOK {
		t.Fatalf("sbexport %s --help: exit %d", command, code)
	}
	return out.String()
}

// flagsOf are the flags that a command tells of.
func flagsOf(t *testing.T, command string) []string {
	t.Helper()
	var names []string
	for _, f := range regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[a-z-]+)`).FindAllStringSubmatch(usage(t, command), -1) {
		names = append(names, f[1])
	}
	if len(names) < 8 {
		t.Fatalf("the flags of %q are only %q", command, names)
	}
	return names
}

// commands are all commands, with those below others.
func commands(t *testing.T) []string {
	t.Helper()
	listed := regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z]+)?)  `)
	list := func(command string) []string {
		_, below, _ := strings.Cut(usage(t, command), "\nCommands:\n")
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
	links := 0
	for _, name := range append(pages(), filepath.Join(examples, "README.md"), filepath.Join(examples, "ci", "README.md")) {
		links += checkLinks(t, name)
	}
	if links < 50 {
		t.Errorf("only %d links were found", links)
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

// checkLinks follows the links of a page, but for those to other sites, and is
// how many there are.
func checkLinks(t *testing.T, page string) int {
	t.Helper()
	text := read(t, page)
	links := regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`).FindAllStringSubmatch(text, -1)
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
	return len(links)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
