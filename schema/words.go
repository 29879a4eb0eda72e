package schema

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxQuoted is how much of a user's text, in characters, a sentence repeats.
const maxQuoted = 60

// Quote puts a user's text into quotes for a sentence, on one line and cut
// short when it is long.
func Quote(text string) string {
	if len(text) > maxQuoted && utf8.RuneCountInString(text) > maxQuoted {
		n := 0
		for i := range text {
			if n == maxQuoted {
				return strconv.Quote(text[:i]) + "…"
			}
			n++
		}
	}
	return strconv.Quote(text)
}

// typeWords are the JSON types in words.
var typeWords = map[string]string{
	"string": "text", "integer": "a whole number", "number": "a number",
	"boolean": "true or false", "array": "a list", "object": "a mapping of keys to values", "null": "null",
}

// typesOf is what a part of the schema says about the type.
func typesOf(node map[string]any) []string {
	if one, ok := node["type"].(string); ok {
		return []string{one}
	}
	return texts(node["type"])
}

// texts are the texts of a list out of the schema; null is written out.
func texts(list any) []string {
	entries, _ := list.([]any)
	var out []string
	for _, e := range entries {
		switch e := e.(type) {
		case string:
			out = append(out, e)
		case nil:
			out = append(out, "null")
		}
	}
	return out
}

// describe says what a value is, in a few words.
func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "empty"
	case string:
		return Quote(v)
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping of keys to values"
	}
	return fmt.Sprint(value)
}

// orList joins words as in "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// didYouMean is a hint at the option nearest to a word, or empty.
func didYouMean(word string, options []string) string {
	if near := Nearest(word, options); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// Nearest is the option that was most likely meant by a misspelt word, or empty
// when none is near. The first of equally near options wins.
func Nearest(word string, options []string) string {
	const longest = 64 // nothing that long is a slip of a key's name
	if word == "" || len(word) > longest {
		return ""
	}
	best, bestDistance := "", 1+max(1, len(word)/3)
	for _, option := range options {
		d := distance(strings.ToLower(word), strings.ToLower(option))
		if d < bestDistance {
			best, bestDistance = option, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, change or swap with their
// neighbour to turn one word into the other.
func distance(from, to string) int {
	a, b := []rune(from), []rune(to)
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
