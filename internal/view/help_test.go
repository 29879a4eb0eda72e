package view

import (
	"testing"

	"sbexport/internal/help"
)

// A page has everything that a page can have, laid out for the stream.
func TestHelpTopic(t *testing.T) {
	topic := help.Topic{Markdown: `# A page: what it shows

A paragraph that is **longer** than a narrow terminal, with ` + "`**` and `a|b`" + ` and [another topic](other.md), [an example](../../examples) and [a site](https://example.org).

- an item that is longer than a narrow terminal, so that it goes on
  below its own beginning
- another

1. first

| key | meaning |
|---|---|
| ` + "`short`" + ` | what a short key means, which takes a few more words than fit |
| ` + "`one`, `two`, `three`, `four`, `five`, `six`" + ` | what they mean |

| sign | kind | when |
|---|---|---|
| ` + "`+`" + ` | copy | it is copied, which takes a few words more than fit on a line of a narrow one |
| | none | nothing is done |

| reason | what it means, in a column that is wide | what to do about it, in another |
|---|---|---|
| ` + "`elsewhere`" + ` | it is on a volume already, but not where the plan wants it | correct the rule |

    sbexport  is indented
`}
	eachStream(t, "help", func(s Stream) error { return HelpTopic(s, topic) })
}
