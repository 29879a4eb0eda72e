package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"sbexport/internal/help"
)

// ManPages are the manual pages, by the names of their files: one of the program,
// one of each command in section 1, made of the command line's own model, and one
// of each topic in section 7. The version is that of the release.
func ManPages(version string) (map[string]string, error) {
	parser, err := newParser(&root{}, &app{streams: Streams{Out: io.Discard, Err: io.Discard}})
	if err != nil {
		return nil, fmt.Errorf("reading the command line: %w", err)
	}
	files := map[string]string{}
	add := func(p help.Page) {
		p.Version = version
		files[fmt.Sprintf("%s.%d", p.Name, p.Section)] = p.Roff()
	}
	add(programPage(parser.Model.Node))
	for _, command := range visible(parser.Model.Node) {
		add(commandPage(command))
		for _, below := range visible(command) {
			add(commandPage(below))
		}
	}
	for _, topic := range help.Topics() {
		blocks := section("Description", help.Parse(topic.Markdown)[1:]...)
		add(help.Page{Name: "sbexport-" + topic.Name, Section: 7, Title: topic.Title, Blocks: blocks})
	}
	return files, nil
}

// visible are the commands below a node, without those that only scripts call.
func visible(n *kong.Node) []*kong.Node {
	return slices.DeleteFunc(slices.Clone(n.Children), func(c *kong.Node) bool { return c.Hidden })
}

// manName is the name of a command's page.
func manName(n *kong.Node) string { return strings.ReplaceAll(n.FullPath(), " ", "-") }

// programPage is the page of the program itself: its commands, the flags that all
// have, and the topics.
func programPage(n *kong.Node) help.Page {
	title, text, _ := strings.Cut(n.Help, "\n\n")
	commands := [][]string{{"command", ""}}
	for _, c := range visible(n) {
		commands = append(commands, []string{manName(c) + "(1)", c.Help})
	}
	topics := [][]string{{"topic", ""}}
	for _, t := range help.Topics() {
		topics = append(topics, []string{"sbexport-" + t.Name + "(7)", t.Title})
	}
	exits, _ := help.Find([]string{"exit-codes"})
	blocks := section("Synopsis", help.Block{Kind: help.Paragraph, Text: "**sbexport** COMMAND [FLAGS]"})
	blocks = append(blocks, section("Description", help.Parse(text)...)...)
	blocks = append(blocks, section("Commands", help.Block{Kind: help.Table, Rows: commands})...)
	blocks = append(blocks, section("Options of every command", flagTable(n.Flags))...)
	blocks = append(blocks, section("Topics", help.Block{Kind: help.Table, Rows: topics})...)
	blocks = append(blocks, section("Exit status", help.Parse(exits.Markdown)[1:]...)...)
	return help.Page{Name: n.Name, Section: 1, Title: strings.ToLower(title[:1]) + strings.TrimSuffix(title[1:], "."), Blocks: blocks}
}

// commandPage is the page of a command.
func commandPage(n *kong.Node) help.Page {
	blocks := section("Synopsis", help.Block{Kind: help.Paragraph, Text: "**" + n.FullPath() + "**" + strings.TrimPrefix(n.Summary(), n.Path())})
	blocks = append(blocks, section("Description", help.Parse(n.Help+"\n\n"+indented(n.Detail))...)...)
	commands := [][]string{{"command", ""}}
	for _, c := range visible(n) {
		commands = append(commands, []string{manName(c) + "(1)", c.Help})
	}
	if len(commands) > 1 {
		blocks = append(blocks, section("Commands", help.Block{Kind: help.Table, Rows: commands})...)
	}
	if len(n.Positional) > 0 {
		rows := [][]string{{"argument", ""}}
		for _, arg := range n.Positional {
			rows = append(rows, []string{arg.Summary(), arg.Help})
		}
		blocks = append(blocks, section("Arguments", help.Block{Kind: help.Table, Rows: rows})...)
	}
	if len(n.Flags) > 0 {
		blocks = append(blocks, section("Options", flagTable(n.Flags))...)
	}
	seeAlso := "**sbexport**(1) has the flags of every command; **sbexport-flags**(7), **sbexport-exit-codes**(7)."
	blocks = append(blocks, section("See also", help.Block{Kind: help.Paragraph, Text: seeAlso})...)
	title, _, _ := strings.Cut(n.Help, ". ")
	return help.Page{Name: manName(n), Section: 1, Title: strings.ToLower(title[:1]) + strings.TrimSuffix(title[1:], "."), Blocks: blocks}
}

func section(title string, blocks ...help.Block) []help.Block {
	return append([]help.Block{{Kind: help.Heading, Level: 2, Text: title}}, blocks...)
}

// indented makes code of lines that a help text indents a little.
func indented(text string) string {
	var b strings.Builder
	code := false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimLeft(line, " ")
		if (trimmed != line) != code && trimmed != "\n" {
			code = !code
			b.WriteString("\n")
		}
		if code && trimmed != "\n" {
			b.WriteString("    ")
		}
		b.WriteString(trimmed)
	}
	return b.String()
}

// flagTable is a list of flags.
func flagTable(flags []*kong.Flag) help.Block {
	rows := [][]string{{"flag", ""}}
	for _, f := range flags {
		name := "--" + f.Name
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
		}
		if !f.IsBool() && !f.IsCounter() {
			name += "=" + f.FormatPlaceHolder()
		}
		rows = append(rows, []string{name, f.Help})
	}
	return help.Block{Kind: help.Table, Rows: rows}
}
