// Package completion says what can stand next on a command line, and has the
// scripts that make shells ask for it. The program itself answers, from the
// command line's own model, so that the scripts are the same whatever commands
// there are, and know nothing.
package completion

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"sbexport/internal/help"
)

//go:embed scripts
var scripts embed.FS

// Script is the completion script for bash, zsh or fish. It calls
// "sbexport __complete -- WORDS" and reads what Answer.String writes.
func Script(shell string) ([]byte, error) {
	text, err := scripts.ReadFile("scripts/sbexport." + shell)
	if err != nil {
		return nil, fmt.Errorf("no completion script for %q: %w", shell, err)
	}
	return text, nil
}

// Candidate is a word that can stand at the end of the line.
type Candidate struct{ Word, Help string }

// Answer is what can stand at the end of a line.
type Answer struct {
	Candidates []Candidate
	Files      bool // the names of files
	// Rules is that the names of the plan's rules can stand there, each after
	// Prefix. Plan is the plan that the line names, or empty.
	Rules        bool
	Plan, Prefix string

	word string // what there is of the word already
}

// String writes the candidates that begin as the word does, one a line, each with
// a tab and its help. A first line ":files" asks the shell for names of files,
// and ":names" says that the candidates may hold anything, such as spaces.
func (a *Answer) String() string {
	var b strings.Builder
	switch {
	case a.Files:
		return ":files\n"
	case a.Rules:
		b.WriteString(":names\n")
	}
	for _, c := range a.Candidates {
		if strings.HasPrefix(c.Word, a.word) {
			fmt.Fprintf(&b, "%s\t%s\n", c.Word, c.Help)
		}
	}
	return b.String()
}

// Complete says what can stand at the end of a line of words behind the program's
// name. The last word is the one at the cursor, and may be empty.
func Complete(program *kong.Kong, words []string) (*Answer, error) {
	before, word := words, ""
	if n := len(words); n > 0 {
		before, word = words[:n-1], words[n-1]
	}
	parsed, err := kong.Trace(program, before)
	if err != nil {
		return nil, fmt.Errorf("reading the line: %w", err)
	}
	l := &line{Context: parsed, node: parsed.Selected()}
	if l.node == nil {
		l.node = program.Model.Node
	}
	for _, f := range l.flags() {
		if f.Name == "file" {
			l.plan, _ = l.FlagValue(f).(string)
		}
	}
	return l.complete(word), nil
}

// line is a line up to the word at the cursor. Where it cannot be parsed, it is
// as much of it as can.
type line struct {
	*kong.Context
	node *kong.Node
	plan string
}

func (l *line) flags() []*kong.Flag {
	return slices.Concat(l.node.AllFlags(true)...)
}

// find finds the flag that a word names, by its long name or as the last of short
// ones, if it takes a value.
func (l *line) find(word string) *kong.Flag {
	for _, f := range l.flags() {
		short := len(word) > 1 && word[0] == '-' && word[1] != '-' && strings.HasSuffix(word, string(f.Short))
		if (word == "--"+f.Name || short) && !f.IsBool() && !f.IsCounter() {
			return f
		}
	}
	return nil
}

// waiting is the flag at the end of the line that has no value yet.
func (l *line) waiting() *kong.Flag {
	if l.Error == nil || len(l.Args) == 0 {
		return nil
	}
	return l.find(l.Args[len(l.Args)-1])
}

// complete says what the word at the cursor may be.
func (l *line) complete(word string) *Answer {
	a := &Answer{Plan: l.plan, word: word}
	if f := l.waiting(); f != nil {
		a.ofFlag(f)
		return a
	}
	if name, _, whole := strings.Cut(word, "="); whole && strings.HasPrefix(name, "--") {
		if f := l.find(name); f != nil {
			a.Prefix = name + "="
			a.ofFlag(f)
		}
		return a
	}
	if strings.HasPrefix(word, "-") {
		for _, f := range l.flags() {
			a.Candidates = append(a.Candidates, Candidate{"--" + f.Name, f.Help})
			if f.Short != 0 {
				a.Candidates = append(a.Candidates, Candidate{"-" + string(f.Short), f.Help})
			}
		}
		return a
	}
	for _, child := range l.node.Children {
		if !child.Hidden {
			a.Candidates = append(a.Candidates, Candidate{child.Name, child.Help})
		}
	}
	given := 0
	for _, p := range l.Path {
		if p.Positional != nil {
			given++
		}
	}
	if given < len(l.node.Positional) {
		a.ofArgument(l.node.Positional[given])
	}
	return a
}

// ofArgument has the answer be what an argument can be.
func (a *Answer) ofArgument(arg *kong.Positional) {
	if arg.Name == "topic" {
		for _, t := range help.Topics() {
			a.Candidates = append(a.Candidates, Candidate{t.Name, t.Title})
		}
		return
	}
	a.Files = arg.Enum == ""
	a.words(arg)
}

// ofFlag has the answer be a flag's values, which its placeholder tells.
func (a *Answer) ofFlag(f *kong.Flag) {
	a.Files = f.PlaceHolder == "FILE" || f.PlaceHolder == "SEED"
	a.Rules = f.PlaceHolder == "RULE"
	a.words(f.Value)
}

func (a *Answer) words(v *kong.Value) {
	if v.Enum == "" {
		return
	}
	for _, word := range v.EnumSlice() {
		a.Candidates = append(a.Candidates, Candidate{Word: a.Prefix + word})
	}
}
