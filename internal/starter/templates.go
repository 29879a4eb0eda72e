package starter

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sbexport/plan"
)

// value is what a placeholder stands for in one file. Of templates that explain as
// many files, the one of the lowest cost is taken.
type value struct {
	placeholder, text string
	cost              int
	needs             string // the placeholder that has to stand before it
}

// valuesOf are the values of a file's placeholders.
func valuesOf(f *File) []value {
	stem, ext := plan.SplitName(f.Name)
	dir := path.Dir(f.Path)
	if dir == "." {
		dir = ""
	}
	list := []value{
		{"{path}", f.Path, 1, ""},
		{"{name}", f.Name, 1, ""},
		{"{stem}", stem, 2, ""},
		{"{ext}", ext, 2, ""},
		{"{dir}", dir, 2, ""},
		{"{id}", f.ID, 2, ""},
		{"{task}", f.Task, 3, ""},
	}
	for _, key := range slices.Sorted(maps.Keys(f.Metadata)) {
		if values := f.Metadata[key]; len(values) == 1 && !strings.ContainsAny(key, "{}|") {
			cost := 3
			if key == "sample_id" { // which is what people sort by
				cost = 2
			}
			list = append(list, value{"{metadata." + key + "}", values[0], cost, ""})
		}
	}
	if day := f.CreatedOn.UTC(); !f.CreatedOn.IsZero() {
		list = append(list, value{"{year}", day.Format("2006"), 3, ""}, value{"{month}", day.Format("01"), 3, "{year}"}, value{"{day}", day.Format("02"), 3, "{month}"})
	}
	return slices.DeleteFunc(list, func(v value) bool { return v.text == "" })
}

// maxTemplates is how many templates are tried for one file. Where much of what is
// said of a file is alike, there would be no end of them.
const maxTemplates = 200

// reading takes a location to pieces: each is the value of a placeholder or literal
// text, and every way of doing so is a template.
type reading struct {
	location string
	values   []value
	yield    func(template []byte, cost int)
	text     []byte // the template so far
	left     int    // how many more templates may be tried
}

// eachTemplate yields templates with placeholders that bring a file to its place.
func eachTemplate(f *File, yield func(template []byte, cost int)) {
	r := &reading{location: f.Location, values: valuesOf(f), yield: yield, left: maxTemplates}
	r.read(0, 0, false, false)
}

// read goes on at one byte of the location. It knows whether a placeholder stands
// right before it, and whether one stands anywhere.
func (r *reading) read(at, cost int, after, any bool) {
	if at == len(r.location) {
		if any && r.left > 0 {
			r.left--
			r.yield(r.text, cost)
		}
		return
	}
	if r.left == 0 {
		return
	}
	length, named := len(r.text), false
	if after || !r.insideWord(at) {
		for _, v := range r.values {
			if !r.fits(v, at) {
				continue
			}
			r.text = append(r.text[:length], v.placeholder...)
			r.read(at+len(v.text), cost+v.cost, true, true)
			r.text = r.text[:length]
			if named = v.placeholder == "{name}" && !r.insideWord(at+len(v.text)); named {
				break // the whole name is no accident, and its parts say no more
			}
		}
	}
	if !named && (!after || !r.insideWord(at)) {
		end := at + 1
		for end < len(r.location) && (r.insideWord(end) || !slices.ContainsFunc(r.values, func(v value) bool { return r.fits(v, end) })) {
			end++
		}
		r.text = append(r.text[:length], escaped(r.location[at:end])...)
		r.read(end, cost+1, false, any)
	}
	r.text = r.text[:length]
}

// fits reports whether a placeholder may stand for what the location has here.
func (r *reading) fits(v value, at int) bool {
	return strings.HasPrefix(r.location[at:], v.text) && bytes.Contains(r.text, []byte(v.needs))
}

// insideWord reports whether both sides of a place in the location are letters or
// digits: what a placeholder stands for begins and ends where a word does, or where
// another placeholder does.
func (r *reading) insideWord(at int) bool {
	if at == 0 || at == len(r.location) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(r.location[:at])
	behind, _ := utf8.DecodeRuneInString(r.location[at:])
	inWord := func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || c == utf8.RuneError }
	return inWord(before) && inWord(behind)
}

// escaped is literal text as a template has it.
func escaped(text string) string { return braces.Replace(text) }

var braces = strings.NewReplacer("{", "{{", "}", "}}")

// group is a template and the files that a rule with it is to take.
type group struct {
	volume, to       string
	files, explained []int // explained are all that it brings to their places
}

// groupsOf gives each of some files to one template, so that few take many. In the
// end, after the largest groups, come files by themselves.
func groupsOf(files []File, wanted []int) (groups []group) {
	left := wanted
	for before := -1; len(left) != before; {
		before = len(left)
		for _, t := range inSample(files, sample(left)) {
			volume, to, _ := strings.Cut(t, "\x00")
			explains := explainer(files, volume, to)
			g := group{volume: volume, to: to}
			if g.files = only(left, explains); len(g.files) >= minPattern {
				g.explained = only(wanted, explains)
				groups = append(groups, g)
				left = only(left, func(f int) bool { return !explains(f) })
			}
		}
	}
	for _, i := range left {
		groups = append(groups, group{files[i].Volume, escaped(files[i].Location), []int{i}, []int{i}})
	}
	slices.SortStableFunc(groups, func(a, b group) int { return len(b.files) - len(a.files) })
	return groups
}

// only cuts numbers down to those for which something holds.
func only(list []int, holds func(int) bool) (some []int) {
	for _, n := range list {
		if holds(n) {
			some = append(some, n)
		}
	}
	return some
}

// explainer tells whether a template brings a file to its place.
func explainer(files []File, volume, to string) func(f int) bool {
	head, _, _ := strings.Cut(to, "{")
	template := plan.NewTemplate(to)
	return func(i int) bool {
		f := &files[i]
		if template == nil || f.Volume != volume || !strings.HasPrefix(f.Location, head) {
			return false
		}
		location, _, _ := template.Location(plan.Values{File: f.File, Path: f.Path})
		return location == f.Location
	}
}

// sample takes some of very many files, at even distances.
func sample(list []int) []int {
	const most = 5000
	if len(list) <= most {
		return list
	}
	some := make([]int, most)
	for i := range some {
		some[i] = list[i*len(list)/most]
	}
	return some
}

// inSample are the templates that explain several of some files, each behind its
// volume: one after the other, that which explains most of those that are left.
func inSample(files []File, some []int) (best []string) {
	t := &table{ids: map[string]int32{}}
	var members [][]int // by template
	for _, i := range some {
		prefix := files[i].Volume + "\x00"
		eachTemplate(&files[i], func(to []byte, cost int) {
			id := t.id(append([]byte(prefix), to...), cost)
			if int(id) == len(members) {
				members = append(members, nil)
			}
			if of := members[id]; len(of) == 0 || of[len(of)-1] != i {
				members[id] = append(of, i)
			}
		})
	}
	levels := make([][]int32, len(some)+1) // templates by how many files they may have
	for id, of := range members {
		levels[len(of)] = append(levels[len(of)], int32(id))
	}
	given := map[int]bool{}
	for n := len(some); n >= minPattern; n-- {
		slices.SortFunc(levels[n], t.before)
		for _, id := range levels[n] {
			members[id] = only(members[id], func(f int) bool { return !given[f] })
			if m := len(members[id]); m < n {
				levels[m] = append(levels[m], id)
				continue
			}
			best = append(best, t.texts[id])
			for _, f := range members[id] {
				given[f] = true
			}
		}
	}
	return best
}
