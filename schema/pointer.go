package schema

import (
	"net/url"
	"strconv"
	"strings"
)

// splitPointer takes a JSON pointer apart. The library writes pointers
// percent-encoded, and those into the schema behind its identifier and a "#".
func splitPointer(pointer string) []string {
	if i := strings.IndexByte(pointer, '#'); i >= 0 && !strings.HasPrefix(pointer, "/") {
		pointer = pointer[i+1:]
	}
	if pointer == "" {
		return nil
	}
	steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, step := range steps {
		if plain, err := url.PathUnescape(step); err == nil {
			step = plain
		}
		steps[i] = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
	}
	return steps
}

// element is the entry of a list that a step of a path names, or nil.
func element(list []any, step string) any {
	i, err := strconv.Atoi(step)
	if err != nil || i < 0 || i >= len(list) {
		return nil
	}
	return list[i]
}

// find is the value at a path, or nil.
func find(value any, path []string) any {
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			value = element(v, step)
		default:
			return nil
		}
	}
	return value
}
