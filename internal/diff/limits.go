package diff

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"sbexport/internal/change"
	"sbexport/plan"
)

// Exceeded checks a changeset against the plan's limits and says, a sentence
// each, which of them it breaks.
func Exceeded(cs *change.Changeset, limits plan.Limits) []string {
	var files, bytes, overwrites int64
	for i := range cs.Actions {
		a := &cs.Actions[i]
		if a.Kind == change.Replace || a.Again == change.Replace {
			overwrites++
		}
		if a.Kind != change.Follow { // which was submitted before: nothing here can stop it
			files++
			bytes += a.Size
		}
	}
	var broken []string
	if limits.Files != nil && files > *limits.Files {
		broken = append(broken, fmt.Sprintf("%s would be exported, and limits.files is %s", count(files, "file"), humanize.Comma(*limits.Files)))
	}
	if limits.Bytes != nil && bytes > *limits.Bytes {
		size, limit := humanize.Bytes(uint64(bytes)), humanize.Bytes(uint64(*limits.Bytes))
		if size == limit {
			size, limit = count(bytes, "byte"), count(*limits.Bytes, "byte")
		}
		broken = append(broken, fmt.Sprintf("%s would be exported, and limits.bytes is %s", size, limit))
	}
	if overwrites > limits.Overwrites {
		broken = append(broken, fmt.Sprintf("%s on the volume would be replaced, and limits.overwrites is %s", count(overwrites, "object"), humanize.Comma(limits.Overwrites)))
	}
	return broken
}

// count is a number with its noun.
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return humanize.Comma(n) + " " + noun + "s"
}
