package cli

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update-completion", false, "write the golden completion scripts anew")

// sampled is a command line with one of everything that the scripts know.
type sampled struct {
	File  string `short:"f" placeholder:"FILE" help:"It's a file: [any] \\ one."`
	Plain bool   `help:"No value."`

	Plan struct {
		Only []string `placeholder:"RULE" help:"Only this."`
		Mode string   `enum:"fast,slow" default:"fast" help:"How."`
		Wait string   `placeholder:"D" help:"How long."`
		In   string   `arg:"" optional:"" help:"What."`
	} `cmd:"" help:"Make: a plan."`
	Lock struct {
		Check struct {
			Of string `arg:"" enum:"one,two" help:"Which."`
		} `cmd:"" help:"Check it."`
	} `cmd:"" help:"Locks."`
	Secret struct{} `cmd:"" hidden:"" help:"Not shown."`
}

// The scripts for shells that tests cannot run are held to texts that were
// looked through by hand.
func TestCompletionScripts(t *testing.T) {
	parser, err := kong.New(&sampled{}, kong.Name("sbexport"))
	if err != nil {
		t.Fatal(err)
	}
	commands := completable(parser.Model.Node)
	for shell, write := range map[string]func(io.Writer, []command) error{"bash": writeBash, "zsh": writeZsh, "fish": writeFish} {
		var got strings.Builder
		if err := write(&got, commands); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join("testdata", "completion."+shell)
		if *update {
			if err := os.WriteFile(name, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", shell, diff)
		}
	}
}
