package starter

import (
	"cmp"
	"path"
	"strings"
	"unicode/utf8"

	"sbexport/plan"
)

// table numbers texts. The rank tells which of several texts is to be preferred:
// the lowest.
type table struct {
	ids   map[string]int32
	texts []string
	ranks []int
}

func (t *table) id(text []byte, rank int) int32 {
	id, known := t.ids[string(text)]
	if !known {
		id = int32(len(t.texts))
		t.texts = append(t.texts, string(text))
		t.ids[t.texts[id]] = id
		t.ranks = append(t.ranks, rank)
	}
	t.ranks[id] = min(t.ranks[id], rank)
	return id
}

// before puts the preferred of two texts first.
func (t *table) before(a, b int32) int {
	return cmp.Or(t.ranks[a]-t.ranks[b], strings.Compare(t.texts[a], t.texts[b]))
}

// patterns are the patterns that a rule may have, and which files each matches.
type patterns struct {
	table
	seenAt  []string  // the files' paths as patterns see them
	of      [][]int32 // the patterns that match a file
	matched []int     // how many files a pattern matches
}

// Ranks of patterns: rather those for one name or ending than for all that lies in a
// folder, and rather those for few folders than for many.
const (
	rankName, rankEnding, rankAll, rankPart = 0, 100, 200, 300
	rankFolder, rankBelow, rankBetween      = 0, 10, 20
	deepest                                 = 9 // that a pattern names a folder
)

// patternsOf finds the patterns that match several of some files: files of an
// ending, or part of one, or all of them, in one folder, below it, or in all folders
// below it that have the same name.
func patternsOf(files []File) *patterns {
	p := &patterns{table: table{ids: map[string]int32{}}, seenAt: make([]string, len(files)), of: make([][]int32, len(files))}
	shared := map[string]int{} // how many files are in or below a folder, or have an ending
	for i := range files {
		p.seenAt[i] = string(plan.PathOf(files[i].Path))
		for at, c := range p.seenAt[i] {
			if c == '/' {
				shared[p.seenAt[i][:at+1]]++
			}
		}
		for _, e := range endings(path.Base(p.seenAt[i])) {
			shared[e.text]++
		}
	}
	for i, at := range p.seenAt {
		p.add(i, at, shared)
	}
	p.matched = make([]int, len(p.texts))
	for i, at := range p.seenAt {
		// Where a file has the path of a folder, "a/**" matches the file "a" too.
		if id, known := p.ids[literal(at)+"/**"]; known {
			p.of[i] = append(p.of[i], id)
		}
		for _, id := range p.of[i] {
			p.matched[id]++
		}
	}
	return p
}

// ending is what files may have in common at the end of their names.
type ending struct {
	text, pattern string
	rank          int
}

// endings are those of one name: where another name ends in the same, it has that
// ending too.
func endings(name string) []ending {
	const parts = 4
	list := []ending{{"", "*", rankAll}, {"/" + name, literal(name), rankName}}
	_, ext := plan.SplitName(name)
	for i, n := len(name)-1, 0; i >= 0 && n < parts; i-- {
		if strings.IndexByte("._-", name[i]) < 0 {
			continue
		}
		n++
		rank := rankPart
		if name[i:] == ext {
			rank = rankEnding
		}
		list = append(list, ending{name[i:], "*" + literal(name[i:]), rank})
	}
	return list
}

// add finds the patterns of one file.
func (p *patterns) add(file int, at string, shared map[string]int) {
	folders := strings.Split(at, "/")
	name := folders[len(folders)-1]
	folders = folders[:len(folders)-1]
	for _, e := range endings(name) {
		if e.text != "" && shared[e.text] < 2 {
			continue
		}
		p.one(file, at[:len(at)-len(name)], "", e, rankFolder, shared)
		above := ""
		for depth := 0; ; depth++ {
			p.one(file, above, "**/", e, rankBelow-min(depth, deepest), shared)
			if depth == len(folders) || depth == deepest {
				break
			}
			p.one(file, above, "**/"+literal(folders[len(folders)-1])+"/", e, rankBetween-depth, shared)
			above += folders[depth] + "/"
		}
	}
}

// one has one pattern match a file.
func (p *patterns) one(file int, folder, below string, e ending, rank int, shared map[string]int) {
	const longest = 4000 // a pattern may have 4096 characters
	text := literal(folder) + below + e.pattern
	if below == "**/" && e.text == "" {
		text = literal(folder) + "**"
	}
	if folder != "" && shared[folder] < 2 || len(text) > longest || strings.ContainsRune(text, utf8.RuneError) {
		return
	}
	p.of[file] = append(p.of[file], p.id([]byte(text), e.rank+rank))
}

// literal is text as a pattern has it.
func literal(text string) string { return meaning.Replace(text) }

var meaning = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`, `\`, `\\`)
