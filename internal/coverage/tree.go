package coverage

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
)

// tree is the folders of a project that have files, by path.
type tree map[string]*node

// node counts the files directly in a folder.
type node struct {
	selected   int // by any rule
	unselected Share
}

func (t tree) add(folder string, one Share, selected bool) {
	n := t[folder]
	if n == nil {
		n = &node{}
		t[folder] = n
	}
	if selected {
		n.selected++
	} else {
		n.unselected = n.unselected.plus(one)
	}
}

// folders are those that have files which no rule selects, by path.
func (t tree) folders() []Folder {
	list := []Folder{}
	for _, path := range slices.Sorted(maps.Keys(t)) {
		if n := t[path]; n.unselected.Files > 0 {
			list = append(list, Folder{path, n.unselected})
		}
	}
	return list
}

// rest is Project.Rest.
func (t tree) rest() []Rest {
	selected, unselected := map[string]int{}, map[string]Share{} // at any depth
	for path, n := range t {
		for at := range upwards(path) {
			selected[at] += n.selected
			unselected[at] = unselected[at].plus(n.unselected)
		}
	}
	tops := map[string]Rest{}
	for path, n := range t {
		if n.unselected.Files == 0 {
			continue
		}
		top := Rest{Folder: Folder{path, n.unselected}}
		for at := range upwards(path) {
			if selected[at] > 0 {
				break
			}
			top = Rest{Folder{at, unselected[at]}, true}
		}
		tops[top.Path] = top
	}
	return slices.SortedFunc(maps.Values(tops), func(a, b Rest) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Files, a.Files), strings.Compare(a.Path, b.Path))
	})
}

// upwards yields a folder and all that it is in, the root last.
func upwards(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for yield(path) && path != "" {
			path = path[:max(strings.LastIndexByte(path, '/'), 0)]
		}
	}
}
