// Package help holds the reference by topic, as Markdown: the one source of
// "sbexport help TOPIC", of the manual pages, and of what README links to. Each
// page begins with a heading that says what it is about.
//
// It reads as much of Markdown as the pages need: headings, paragraphs, lists,
// code and tables, and in their text code, bold and links.
package help

import (
	"embed"
	"slices"
	"strings"
)

//go:embed *.md
var pages embed.FS

// names are the topics in the order in which one would read them.
var names = [...]string{
	"start", "plan", "patterns", "locations", "blocked", "credentials", "flags", "exit-codes",
	"lockfile", "verify", "adopt", "simulator", "ci", "costs",
}

// Topic is a page of the reference.
type Topic struct {
	Name     string `json:"topic"`
	Title    string `json:"title"`
	Markdown string `json:"markdown"`
}

// Topics are all topics.
func Topics() []Topic {
	var all []Topic
	for _, name := range names {
		text, err := pages.ReadFile(name + ".md")
		if err != nil {
			panic(err) // it is part of the program
		}
		title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		all = append(all, Topic{name, title, string(text)})
	}
	return all
}

// Find finds a topic by its name, which may be written as several words, and in
// capitals.
func Find(words []string) (Topic, bool) {
	name := strings.ToLower(strings.Join(words, "-"))
	all := Topics()
	i := slices.IndexFunc(all, func(t Topic) bool { return t.Name == name })
	if i < 0 {
		return Topic{}, false
	}
	return all[i], true
}
