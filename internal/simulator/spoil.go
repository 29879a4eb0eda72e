package simulator

import (
	"math/rand/v2"
	"slices"
)

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
