// Package completion says what can stand next on a command line, and has the
// scripts that make shells ask for it. The program itself answers, from the
// command line's own model, so that the scripts are the same whatever commands
// there are, and know nothing.
package completion

import (
	"embed"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
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
func Complete(program *kong.Node, words []string) *Answer {
	if len(words) == 0 {
		words = []string{""}
	}
	l := &line{node: program}
	for _, w := range words[:len(words)-1] {
		l.read(w)
	}
	return l.complete(words[len(words)-1])
}

// line is where on a line one is.
type line struct {
	node   *kong.Node
	valued *kong.Flag // waits for its value
	args   int        // arguments of the command so far
	plan   string
}

// read takes in a word before the cursor.
func (l *line) read(word string) {
	switch {
	case l.valued != nil:
		l.value(l.valued, word)
	case strings.HasPrefix(word, "--"):
		name, value, whole := strings.Cut(word[2:], "=")
		l.flag(l.find(func(f *kong.Flag) bool { return f.Name == name }), value, whole)
	case strings.HasPrefix(word, "-"):
		for i, short := range word[1:] {
			f := l.find(func(f *kong.Flag) bool { return f.Short == short })
			if rest := word[1+i+len(string(short)):]; takesValue(f) {
				l.flag(f, rest, rest != "")
				return
			}
		}
	default:
		for _, child := range l.node.Children {
			if child.Name == word {
				l.node = child
				return
			}
		}
		l.args++
	}
}

// flag takes in a flag, whose value stands in the same word or in the next one.
func (l *line) flag(f *kong.Flag, value string, whole bool) {
	if !takesValue(f) {
		return
	}
	l.valued = f
	if whole {
		l.value(f, value)
	}
}

func (l *line) value(f *kong.Flag, value string) {
	l.valued = nil
	if f.Name == "file" {
		l.plan = value
	}
}

func (l *line) flags() []*kong.Flag {
	var all []*kong.Flag
	for _, group := range l.node.AllFlags(true) {
		all = append(all, group...)
	}
	return all
}

func (l *line) find(is func(*kong.Flag) bool) *kong.Flag {
	for _, f := range l.flags() {
		if is(f) {
			return f
		}
	}
	return nil
}

func takesValue(f *kong.Flag) bool { return f != nil && !f.IsBool() && !f.IsCounter() }

// complete says what the word at the cursor may be.
func (l *line) complete(word string) *Answer {
	a := &Answer{Plan: l.plan, word: word}
	if name, _, whole := strings.Cut(strings.TrimPrefix(word, "--"), "="); l.valued == nil && whole && strings.HasPrefix(word, "--") {
		l.valued, a.Prefix = l.find(func(f *kong.Flag) bool { return f.Name == name }), "--"+name+"="
		if !takesValue(l.valued) {
			return a
		}
	}
	switch {
	case l.valued != nil:
		a.ofFlag(l.valued)
	case strings.HasPrefix(word, "-"):
		for _, f := range l.flags() {
			a.Candidates = append(a.Candidates, Candidate{"--" + f.Name, f.Help})
			if f.Short != 0 {
				a.Candidates = append(a.Candidates, Candidate{"-" + string(f.Short), f.Help})
			}
		}
	case len(l.node.Children) > 0:
		for _, child := range l.node.Children {
			if !child.Hidden {
				a.Candidates = append(a.Candidates, Candidate{child.Name, child.Help})
			}
		}
	case l.args < len(l.node.Positional):
		arg := l.node.Positional[l.args]
		a.Files = arg.Enum == ""
		a.words(arg)
	}
	return a
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
