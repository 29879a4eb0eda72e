package schema

import (
	"slices"
	"strconv"
)

// chunkSize is how many entries of a list are validated at once. The library
// keeps every error, and some notes on each list entry, until it has ended:
// a list of a million wrong entries would take gigabytes.
const chunkSize = 200

// span says which part of the whole document a narrowed document stands for.
// In a narrowed document the lists along a path are cut down to one entry, and
// the list at its end to a chunk; offsets are the original indexes of what is
// left, for the steps of the path that are list indexes.
type span struct {
	path    []string // of the list that was cut, in the narrowed document
	offsets []int    // for each step of path, and one for the entries of the list
}

// covers reports whether a path of the narrowed document is inside the part
// that it was made for; the rest has been checked before.
func (s span) covers(path []string) bool {
	return len(s.offsets) == 0 || len(path) > len(s.path) && slices.Equal(path[:len(s.path)], s.path)
}

// original translates a path of the narrowed document into one of the whole.
func (s span) original(path []string) []string {
	out := slices.Clone(path)
	for i := range min(len(s.offsets), len(out)) {
		if n, err := strconv.Atoi(out[i]); err == nil && s.offsets[i] > 0 {
			out[i] = strconv.Itoa(n + s.offsets[i])
		}
	}
	return out
}

// cut is a list that was too long to be validated in one go.
type cut struct {
	path []string
	list []any
}

// check validates a document with its long lists cut to a chunk, and then the
// other chunks of each, every one in a document that holds little else.
func (k *checker) check(doc any, at span) error {
	var cuts []cut
	short := shorten(doc, nil, &cuts)
	if err := k.validate(short, at); err != nil {
		return err
	}
	for _, c := range cuts {
		for start := chunkSize; start < len(c.list); start += chunkSize {
			if len(k.found) >= maxViolations {
				return nil
			}
			chunk := c.list[start:min(start+chunkSize, len(c.list))]
			narrow, sub := narrowed(short, c.path, chunk, at)
			sub.offsets = append(sub.offsets, start)
			if err := k.check(narrow, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

// shorten copies what it must of a value to cut every long list in it to one
// chunk, and notes the lists that it cut.
func shorten(value any, path []string, cuts *[]cut) any {
	switch v := value.(type) {
	case []any:
		if len(v) > chunkSize {
			*cuts = append(*cuts, cut{slices.Clone(path), v})
			v = v[:chunkSize]
		}
		before := len(*cuts)
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = shorten(e, append(path, strconv.Itoa(i)), cuts)
		}
		if len(*cuts) == before {
			return v
		}
		return out
	case map[string]any:
		before := len(*cuts)
		out := make(map[string]any, len(v))
		for key, e := range v {
			out[key] = shorten(e, append(path, key), cuts)
		}
		if len(*cuts) == before {
			return v
		}
		return out
	}
	return value
}

// narrowed copies a document with the list at path replaced by chunk, and each
// list on the way there by the one entry that the path goes through. The
// returned span lacks the offset of the chunk itself.
func narrowed(doc any, path []string, chunk []any, at span) (any, span) {
	s := span{path: slices.Clone(path)}
	var walk func(value any, depth int) any
	walk = func(value any, depth int) any {
		if depth == len(path) {
			return chunk
		}
		before := 0
		if depth < len(at.offsets) {
			before = at.offsets[depth]
		}
		switch v := value.(type) {
		case []any:
			i, _ := strconv.Atoi(path[depth])
			s.path[depth] = "0"
			s.offsets = append(s.offsets, before+i)
			return []any{walk(element(v, path[depth]), depth+1)}
		case map[string]any:
			s.offsets = append(s.offsets, 0)
			out := make(map[string]any, len(v))
			for key, e := range v {
				out[key] = e
			}
			out[path[depth]] = walk(v[path[depth]], depth+1)
			return out
		}
		return value
	}
	return walk(doc, 0), s
}
