package cli

import (
	"context"
	"strings"

	"github.com/alecthomas/kong"

	"sbexport/internal/help"
	"sbexport/internal/view"
)

// helpCmd explains a topic, or a command.
type helpCmd struct {
	Topic []string `arg:"" optional:"" help:"The topic, or a command. Without one: list the topics."`
}

func (helpCmd) Help() string {
	return `The reference by topic, such as the keys of a plan or the exit codes.

Examples:
  sbexport help patterns
  sbexport help exit codes`
}

func (c *helpCmd) Run(_ context.Context, a *app, parsed *kong.Context) error {
	if len(c.Topic) == 0 {
		if a.globals.JSON {
			return a.answer(help.Topics(), "")
		}
		return view.HelpTopics(a.term.Out, help.Topics())
	}
	if topic, ok := help.Find(c.Topic); ok {
		if a.globals.JSON {
			return a.answer(topic, "")
		}
		return view.HelpTopic(a.term.Out, topic)
	}
	command, err := kong.Trace(parsed.Kong, c.Topic)
	if err != nil || command.Error != nil || command.Selected() == nil || command.Selected().Hidden {
		return fail(ExitInvalid, "sbexport help lists the topics, sbexport --help the commands", "no topic or command %q", strings.Join(c.Topic, " "))
	}
	return command.PrintUsage(false)
}
