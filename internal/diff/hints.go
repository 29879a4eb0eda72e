package diff

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dustin/go-humanize"

	"sbexport/internal/change"
	"sbexport/plan"
)

// hints warns of what may go wrong but is not certain enough to block a file;
// the platform's answer decides.
func (c *comparison) hints() {
	c.warnCount(c.maybePublic, "%s may be a copy of a public file, going by the metadata; the platform refuses to export those (error 9006)")
	c.warnCount(c.maybeArchived, "%s may be archived, having no hosting location; the platform refuses to export archived files (error 9006)")
	c.warnCount(c.lagging, "%s is still shown on the platform although the export has just ended; it counts as done")
	c.warnCount(c.modeUnknown, "%s is exported by a job of which no record is left, so that nobody knows whether it moves or copies; the lockfile says it once the file has shown it")
	c.warnCount(c.broken, "%s is an alias to an object that is no longer on the volume; the platform's own copy is gone")
	wanted := map[string]bool{}
	for i := range c.wanted {
		wanted[c.wanted[i].Rule.Volume] = true
	}
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		if v := c.seen.Volumes[id]; v.Volume != nil && v.ExportRefused {
			c.out.Warnings = append(c.out.Warnings, fmt.Sprintf("volume %s says that export is not enabled on it; the platform may refuse", id))
		}
	}
}

func (c *comparison) warnCount(n int, format string) {
	switch {
	case n == 1:
		c.out.Warnings = append(c.out.Warnings, fmt.Sprintf(format, "1 file"))
	case n > 1:
		c.out.Warnings = append(c.out.Warnings, fmt.Sprintf(format, fmt.Sprintf("each of %d files", n)))
	}
}

// Exceeded checks a changeset against the plan's limits and says, a sentence
// each, which of them it breaks.
func Exceeded(cs *change.Changeset, limits plan.Limits) []string {
	var files, bytes, overwrites int64
	for i := range cs.Actions {
		a := &cs.Actions[i]
		if a.Again == change.Replace {
			overwrites++
		}
		if a.Kind == change.Follow {
			continue // submitted before: nothing here can stop it
		}
		files++
		bytes += a.Size
		if a.Kind == change.Replace {
			overwrites++
		}
	}
	var broken []string
	if limits.Files != nil && files > *limits.Files {
		broken = append(broken, fmt.Sprintf("%s would be exported, and limits.files is %s", count(files, "file"), humanize.Comma(*limits.Files)))
	}
	if limits.Bytes != nil && bytes > *limits.Bytes {
		size, limit := sizes(bytes, *limits.Bytes)
		broken = append(broken, fmt.Sprintf("%s would be exported, and limits.bytes is %s", size, limit))
	}
	if overwrites > limits.Overwrites {
		broken = append(broken, fmt.Sprintf("%s on the volume would be replaced, and limits.overwrites is %s", count(overwrites, "object"), humanize.Comma(limits.Overwrites)))
	}
	return broken
}

// sizes are two different sizes for a person: to the byte where they look the
// same in larger units.
func sizes(a, b int64) (first, second string) {
	first, second = humanize.Bytes(uint64(a)), humanize.Bytes(uint64(b))
	if first == second {
		return count(a, "byte"), count(b, "byte")
	}
	return first, second
}

// count is a number with its noun.
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return humanize.Comma(n) + " " + noun + "s"
}
