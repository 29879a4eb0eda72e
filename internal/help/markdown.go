package help

import (
	"regexp"
	"strings"
)

// Kind is what a block of a page is.
type Kind int

// The kinds of blocks.
const (
	Heading Kind = iota
	Paragraph
	Item
	Code
	Table
)

// Block is a part of a page that stands by itself.
type Block struct {
	Kind  Kind
	Level int        // of a heading, from 1
	Mark  string     // before an item: "-" or "1."
	Text  string     // Markdown, on one line; the lines of code as they are
	Rows  [][]string // of a table, its head first; Markdown
}

const fence = "```"

var (
	itemStart  = regexp.MustCompile(`^(-|\d+\.) +`)
	pipe       = regexp.MustCompile(`(\\\|)|\|`)
	link       = regexp.MustCompile(`\[([^\]]*)\]\(([^)]*)\)`)
	boldOrCode = regexp.MustCompile("`([^`]*)`|\\*\\*([^*]+)\\*\\*")
)

// Parse reads a page.
func Parse(markdown string) []Block {
	var blocks []Block
	open := false // whether the last block goes on in the next line
	code := false
	for line := range strings.Lines(markdown) {
		line = strings.TrimRight(line, "\n")
		last := len(blocks) - 1
		switch {
		case strings.HasPrefix(line, fence):
			if code = !code; code {
				blocks = append(blocks, Block{Kind: Code})
			}
			open = false
		case code:
			blocks[last].Text += line + "\n"
		case line == "":
			open = false
		case strings.HasPrefix(line, "#"):
			text := strings.TrimLeft(line, "#")
			blocks = append(blocks, Block{Kind: Heading, Level: len(line) - len(text), Text: text[1:]})
		case strings.HasPrefix(line, "|"):
			if !open {
				blocks = append(blocks, Block{Kind: Table})
			}
			blocks[len(blocks)-1].addRow(line)
			open = true
		case strings.HasPrefix(line, "    ") && (!open || blocks[last].Kind == Code):
			if !open {
				blocks = append(blocks, Block{Kind: Code})
			}
			blocks[len(blocks)-1].Text += line[4:] + "\n"
			open = true
		case itemStart.MatchString(line):
			mark := itemStart.FindStringSubmatch(line)
			blocks = append(blocks, Block{Kind: Item, Mark: mark[1], Text: line[len(mark[0]):]})
			open = true
		case open:
			blocks[last].Text += " " + strings.TrimLeft(line, " ")
		default:
			blocks = append(blocks, Block{Kind: Paragraph, Text: line})
			open = true
		}
	}
	return blocks
}

// addRow reads a line of a table; the line below the head says nothing.
func (b *Block) addRow(line string) {
	if strings.Trim(line, "|-: ") == "" && len(b.Rows) == 1 {
		return
	}
	const bar = "\x00"
	line = pipe.ReplaceAllStringFunc(strings.Trim(line, "|"), func(s string) string {
		if s == "|" {
			return bar
		}
		return "|"
	})
	var row []string
	for cell := range strings.SplitSeq(line, bar) {
		row = append(row, strings.TrimSpace(cell))
	}
	b.Rows = append(b.Rows, row)
}

// Plain is a block's text for a terminal: a link to another topic says how to
// read it, and code stays in its quotes.
func Plain(text string) string {
	text = links(text, func(topic string) string { return "sbexport help " + topic })
	return boldOrCode.ReplaceAllStringFunc(text, func(s string) string {
		if strings.HasPrefix(s, "**") {
			return strings.Trim(s, "*")
		}
		return s
	})
}

// Term is text that names something, such as a key or a flag, without quotes.
func Term(text string) string { return strings.ReplaceAll(Plain(text), "`", "") }

// links writes links out; topic says how to reach another topic.
func links(text string, topic func(name string) string) string {
	return link.ReplaceAllStringFunc(text, func(s string) string {
		found := link.FindStringSubmatch(s)
		name, isTopic := strings.CutSuffix(found[2], ".md")
		switch {
		case isTopic && !strings.Contains(name, "/"):
			return found[1] + " (" + topic(name) + ")"
		case strings.HasPrefix(found[2], "https:"):
			return found[1] + " (" + found[2] + ")"
		}
		return found[1]
	})
}
