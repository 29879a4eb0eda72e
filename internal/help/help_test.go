package help_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/help"
)

// Every page is a topic, and says what it is about in its first line.
func TestEveryPageIsATopic(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) != len(help.Topics()) {
		t.Errorf("%d pages, %d topics", len(pages), len(help.Topics()))
	}
	for _, topic := range help.Topics() {
		if !strings.HasPrefix(topic.Markdown, "# "+topic.Title+"\n\n") || topic.Title == "" {
			t.Errorf("%s has no title", topic.Name)
		}
	}
}

const page = `# A page

Text in
two lines, see [that](blocked.md).

- one
  more
- two **b** ` + "`c`" + `

| key | meaning |
|---|---|
| ` + "`a\\|b`" + ` | x |
| ` + "`.c`" + ` | |

    code -x

` + "```console\n$ a\n\n.b\n```\n"

func TestParse(t *testing.T) {
	want := []help.Block{
		{Kind: help.Heading, Level: 1, Text: "A page"},
		{Kind: help.Paragraph, Text: "Text in two lines, see [that](blocked.md)."},
		{Kind: help.Item, Mark: "-", Text: "one more"},
		{Kind: help.Item, Mark: "-", Text: "two **b** `c`"},
		{Kind: help.Table, Rows: [][]string{{"key", "meaning"}, {"`a|b`", "x"}, {"`.c`", ""}}},
		{Kind: help.Code, Text: "code -x\n"},
		{Kind: help.Code, Text: "$ a\n\n.b\n"},
	}
	if diff := cmp.Diff(want, help.Parse(page)); diff != "" {
		t.Errorf("parsed (-want +got):\n%s", diff)
	}
}
