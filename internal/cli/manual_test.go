package cli_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"sbexport/internal/cli"
	"sbexport/internal/help"
)

// Every command and every topic has a manual page, with all flags of the command.
func TestManPages(t *testing.T) {
	files, err := cli.ManPages("1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	all := commands(t)
	if want := 1 + len(all) + len(help.Topics()); len(files) != want {
		t.Errorf("%d pages, want %d", len(files), want)
	}
	for _, command := range append(all, "") {
		page := files[strings.TrimSuffix("sbexport-"+strings.ReplaceAll(command, " ", "-"), "-")+".1"]
		if !strings.HasPrefix(page, ".TH SBEXPORT") || !strings.Contains(page, `"sbexport 1.2.3"`) {
			t.Errorf("the page of %q begins %.60q", command, page)
		}
		// The flags of every command are on the page of the program.
		page = strings.ReplaceAll(page+files["sbexport.1"], `\-`, "-")
		for _, f := range flagsOf(t, command) {
			if !strings.Contains(page, f) {
				t.Errorf("the page of %q lacks %s", command, f)
			}
		}
	}
	for _, topic := range help.Topics() {
		if files["sbexport-"+topic.Name+".7"] == "" {
			t.Errorf("the topic %s has no page", topic.Name)
		}
	}
}

// The pages are ASCII and have no requests but ours; where groff is, it has
// nothing to say about them.
func TestManPagesAreWellFormed(t *testing.T) {
	files, err := cli.ManPages("1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	groff, missing := exec.LookPath("groff")
	request := regexp.MustCompile(`^(\.(TH|SH|SS|PP|IP|TP|RS|RE|nf|fi|br)( |$)|[^.']|$)`)
	for name, text := range files {
		for line := range strings.Lines(text) {
			if !request.MatchString(strings.TrimSuffix(line, "\n")) || strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
				t.Errorf("%s: %q", name, line)
			}
		}
		if missing != nil {
			continue
		}
		cmd := exec.Command(groff, "-man", "-Tutf8", "-ww", "-rCHECKSTYLE=3")
		cmd.Stdin = strings.NewReader(text)
		var complaints strings.Builder
		cmd.Stderr = &complaints
		if out, err := cmd.Output(); err != nil || complaints.Len() > 0 || len(out) == 0 {
			t.Errorf("%s: %v\n%s", name, err, complaints.String())
		}
	}
}
