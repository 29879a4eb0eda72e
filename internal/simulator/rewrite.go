package simulator

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// rewriter writes the JSON of an answer once more, with the freedoms that the
// vendor's pages leave for all JSON alike.
type rewriter struct {
	quirks *quirks
	dice   *rand.Rand
}

// rewrites reports whether any quirk is one of the rewriter's.
func (q *quirks) rewrites() bool {
	return q.oddCase || q.shuffledKeys || q.unknownMembers || q.nulls || q.stubResults || q.sparseErrors
}

// rewrite gives an answer the form that the quirks want.
func (c *call) rewrite(a *answer) {
	q := &c.s.seed.quirks
	if !q.rewrites() || len(a.body) == 0 {
		return
	}
	w := rewriter{q, c.s.seed.behavior.dice(diceRewrite, c.s.served)}
	a.body = w.value(nil, "", decoded(a.body))
}

// decoded is the value of an answer's JSON.
func decoded(body []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil
	}
	return value
}

// value appends the value that stands under a key. Metadata is the user's own.
func (w *rewriter) value(b []byte, key string, value any) []byte {
	switch v := value.(type) {
	case map[string]any:
		if key == "metadata" && len(v) > 0 {
			return appendPlain(b, v)
		}
		return w.object(b, key, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = w.value(b, key, item)
		}
		return append(b, ']')
	case string:
		return appendString(b, w.spelled(key, v))
	}
	return appendPlain(b, value)
}

func (w *rewriter) object(b []byte, key string, object map[string]any) []byte {
	if !slices.Contains([]string{"inputs", "outputs", "fields"}, key) { // whose keys are the user's own
		w.change(object)
	}
	keys := sortedKeys(object)
	if w.quirks.shuffledKeys {
		w.dice.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	}
	b = append(b, '{')
	for i, key := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, key), ':')
		b = w.value(b, key, object[key])
	}
	return append(b, '}')
}

// change adds and removes members of an object.
func (w *rewriter) change(object map[string]any) {
	if result, ok := object["result"].(map[string]any); ok && w.quirks.stubResults {
		object["result"] = map[string]any{"href": result["href"], "id": result["id"]}
	}
	isJob := object["state"] != nil
	if failed, ok := object["error"].(map[string]any); ok && !isJob && w.quirks.sparseErrors {
		delete(failed, "status")
		delete(failed, "more_info")
	}
	if w.quirks.nulls {
		w.nullify(object, isJob)
	}
	if w.quirks.unknownMembers {
		object["x_later_"+strconv.Itoa(w.dice.IntN(9))] = w.surprise()
	}
}

// nullify has null stand for what is empty, and for what an object of its kind
// could have and has not.
func (w *rewriter) nullify(object map[string]any, isJob bool) {
	for key, value := range object {
		inner, isObject := value.(map[string]any)
		list, isList := value.([]any)
		envelope := slices.Contains([]string{"items", "links", "prefixes"}, key)
		if value == "" || isObject && len(inner) == 0 || isList && len(list) == 0 && !envelope {
			object[key] = nil
		}
	}
	var absent []string
	kind, _ := object["type"].(string)
	switch {
	case isJob:
		absent = []string{"finished_on", "result", "error"}
	case strings.EqualFold(kind, "folder"):
		absent = []string{"size"}
	}
	for _, key := range absent {
		if _, there := object[key]; !there {
			object[key] = nil
		}
	}
}

// surprise is a value that no client expects.
func (w *rewriter) surprise() any {
	values := []any{nil, 12.5, "new", []any{}, true, map[string]any{"state": "x", "items": []any{}, "id": 7}}
	return values[w.dice.IntN(len(values))]
}

// spelled is a word in one of the letter cases that enumerations come in.
func (w *rewriter) spelled(key, word string) string {
	if !w.quirks.oddCase || word == "" || !slices.Contains([]string{"type", "state", "status", "class", "rel", "access_mode"}, key) {
		return word
	}
	lower := strings.ToLower(word)
	return []string{word, lower, strings.ToUpper(word), strings.ToUpper(lower[:1]) + lower[1:]}[w.dice.IntN(4)]
}

// appendPlain appends a value as it is. It came from JSON and can be JSON again.
func appendPlain(b []byte, value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		text = []byte("null")
	}
	return append(b, text...)
}

// The actions of a fault that leave the answer a success and spoil what it says.
// The announced total stays what it was.
const (
	actLoseItem   = "lose_item"   // an item of the answer is not told
	actDoubleItem = "double_item" // an item of the answer is told twice
	actShortPage  = "short_page"  // half of the items are not told
	actEmptyPage  = "empty_page"  // no item is told
	actNullItems  = "null_items"  // null stands for the items
	actNoLinks    = "no_links"    // there is no link to a next page
	actMutate     = "mutate"      // some bytes, or a value, are others
)

var spoiling = []string{actLoseItem, actDoubleItem, actShortPage, actEmptyPage, actNullItems, actNoLinks, actMutate}

// spoil is a successful answer's body as a fault wants it.
func spoil(action string, body []byte, dice *rand.Rand) []byte {
	if action == actMutate {
		return mutate(body, dice)
	}
	object, _ := decoded(body).(map[string]any)
	items, ok := object["items"].([]any)
	if !ok {
		return body
	}
	at := 0
	if len(items) > 0 {
		at = dice.IntN(len(items))
	}
	switch {
	case action == actNoLinks:
		object["links"] = []any{}
	case action == actNullItems:
		object["items"] = nil
	case action == actEmptyPage:
		object["items"] = []any{}
	case action == actShortPage:
		object["items"] = items[:len(items)/2]
	case action == actLoseItem && len(items) > 0:
		object["items"] = slices.Delete(items, at, at+1)
	case action == actDoubleItem && len(items) > 0:
		object["items"] = slices.Insert(items, dice.IntN(len(items)+1), items[at])
	}
	return appendPlain(nil, object)
}

// mutate changes bytes in half of the cases, and a value in the other half.
func mutate(body []byte, dice *rand.Rand) []byte {
	value := decoded(body)
	if dice.IntN(2) == 0 || value == nil {
		return mutateBytes(slices.Clone(body), dice)
	}
	root := []any{value}
	places := appendPlaces(nil, root)
	places[dice.IntN(len(places))](func(old any) any { return another(old, dice) })
	return appendPlain(nil, root[0])
}

// mutateBytes overwrites, removes or repeats a few bytes somewhere.
func mutateBytes(body []byte, dice *rand.Rand) []byte {
	if len(body) == 0 {
		return []byte{byte(dice.IntN(256))}
	}
	from := dice.IntN(len(body))
	to := min(from+1+dice.IntN(8), len(body))
	switch dice.IntN(4) {
	case 0:
		return slices.Delete(body, from, to)
	case 1:
		return slices.Insert(body, to, slices.Clone(body[from:to])...)
	case 2:
		return body[:from]
	}
	for i := from; i < to; i++ {
		body[i] = byte(dice.IntN(256))
	}
	return body
}

// place is where a value stands inside another; it puts there what change makes
// of the value.
type place func(change func(any) any)

// appendPlaces collects the places inside a value, in an order that is always
// the same.
func appendPlaces(all []place, value any) []place {
	switch v := value.(type) {
	case []any:
		for i := range v {
			all = append(all, func(change func(any) any) { v[i] = change(v[i]) })
			all = appendPlaces(all, v[i])
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			all = append(all, func(change func(any) any) {
				if v[key] = change(v[key]); v[key] == gone {
					delete(v, key)
				}
			})
			all = appendPlaces(all, v[key])
		}
	}
	return all
}

// gone stands for a member that is to be left out; in a list it is a text.
const gone = "gone"

// another is a value in the place of one.
func another(old any, dice *rand.Rand) any {
	if list, ok := old.([]any); ok && len(list) > 0 && dice.IntN(2) == 0 {
		at := dice.IntN(len(list))
		return [][]any{slices.Delete(slices.Clone(list), at, at+1), append(list, list[at]), list[:at]}[dice.IntN(3)]
	}
	values := []any{gone, nil, true, 0, -1, 1e300, "", "x", []any{}, []any{nil}, map[string]any{}, map[string]any{"id": old}}
	return values[dice.IntN(len(values))]
}
