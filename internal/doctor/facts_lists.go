package doctor

import (
	"slices"
	"strings"
	"time"
)

// What lists and the request limit tell.

func total(e *evidence) finding {
	for _, page := range append(e.folders, e.tasks, e.jobs) {
		if page.ok() {
			return either(page.header.Get("X-Total-Matching-Query") != "", "it is told", "no_total_header", "it is not told")
		}
	}
	return finding{}
}

func rel(e *evidence) finding {
	_, rel := e.short.next()
	switch {
	case rel == "":
		return finding{}
	case rel == "next", e.mixed():
		return found("", "%s", rel)
	}
	return found("capital_rel", "%s", rel)
}

func linkFields(e *evidence) finding {
	link, _ := e.short.next()
	if link == nil {
		return finding{}
	}
	return either(link.Query().Has("fields"), "they keep them", "links_without_fields", "they forget them; sbexport adds them")
}

func linkHost(e *evidence) finding {
	link, _ := e.short.next()
	self := text(e.short.body, "href")
	switch {
	case link == nil:
		return finding{}
	case strings.HasPrefix(link.Path, "/") && !strings.Contains(link.Path, "/v2/"):
		return finding{found: Say("they lead away from the API"), fatal: true}
	case link.Host == "":
		return found("", "they name no host")
	case self != "" && !strings.Contains(self, link.Host):
		return found("", "links of one answer name several hosts; sbexport stays with the one it was given")
	}
	return found("", "they name one host; sbexport stays with the one it was given")
}

func ids(page *answer) []string {
	var out []string
	for _, item := range page.items() {
		out = append(out, text(item, "id"))
	}
	return out
}

// order is by name, or by the time or the ID of creation, either way.
func order(e *evidence) finding {
	for _, page := range e.folders {
		items := page.items()
		if len(items) < 3 {
			continue
		}
		for _, key := range []string{"name", "created_on", "id"} {
			if sorted, _ := direction(items, key); sorted {
				return found("", "by %s", key)
			}
		}
		// Folders may come first or last, each kind by itself.
		if page != e.folders[0] || len(items) > len(e.folders) {
			if grouped(items) {
				return found("", "by name, folders apart")
			}
			return found("shuffled_lists", "in no order that can be seen")
		}
	}
	return finding{}
}

// grouped reports whether files and folders, each kind by itself, are sorted.
func grouped(items []map[string]any) bool {
	kinds := map[string][]map[string]any{}
	for _, item := range items {
		kind := strings.ToLower(text(item, "type"))
		kinds[kind] = append(kinds[kind], item)
	}
	for _, of := range kinds {
		if sorted, _ := direction(of, "name"); !sorted && len(of) > 1 {
			return false
		}
	}
	return true
}

// direction reports whether items are sorted by a member, whichever way, and
// whether it rises.
func direction(items []map[string]any, key string) (sorted, rises bool) {
	up, down := false, false
	for i := 1; i < len(items); i++ {
		switch strings.Compare(strings.ToLower(text(items[i-1], key)), strings.ToLower(text(items[i], key))) {
		case -1:
			up = true
		case 1:
			down = true
		}
	}
	return up != down, up
}

func repeats(e *evidence) finding {
	first, second := ids(e.short), ids(e.second)
	if len(first) == 0 || len(second) == 0 {
		return finding{}
	}
	return either(!slices.Contains(second, first[0]), "no item came twice", "repeated_items", "an item came on two pages; sbexport takes it once")
}

func overLimit(e *evidence) finding {
	switch n := len(e.over.items()); {
	case e.over.refusal() != nil:
		return found("", "it is refused; sbexport asks for 100 at most")
	case !e.over.ok():
		return finding{}
	case n > 100:
		return found("", "it is honoured")
	case n == 100:
		return found("", "it is capped at 100")
	}
	return found("", "it is taken")
}

func usualPage(e *evidence) finding {
	n := len(e.usual.items())
	if link, _ := e.usual.next(); link == nil {
		return finding{}
	}
	return found("", "%s; sbexport always asks for 100", count(n, "item"))
}

func window(e *evidence) finding {
	reset, told := whole(e.rate.body, "rate", "reset")
	if !told {
		return finding{}
	}
	left := time.Unix(reset, 0).Sub(e.rate.came)
	if left > 5*time.Minute+skewNoted {
		return found("", "longer than 5 minutes: it is reset in %v; sbexport heeds the headers", left.Round(time.Minute))
	}
	return found("", "5 minutes at most, as far as can be seen: it is reset in %v", left.Round(time.Second))
}
