package view

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sbexport/internal/change"
)

// consequences count what an apply would do, and how much of it cannot be undone.
type consequences struct {
	moved, replaced, copied, followed int
	replacedBytes                     int64 // as far as the sizes are known
	again                             int   // of followed: submitted again if their jobs fail in passing
	movedBytes, copiedBytes           int64
	recorded                          int // unchanged files that the lockfile does not know yet
	settings                          map[setting]int
}

// setting is one storage property with its value.
type setting struct{ name, value string }

func (s setting) String() string { return Safe(s.name) + ": " + Safe(s.value) }

func bySetting(a, b setting) int {
	return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
}

// settingsOf lists the storage properties of an action, sorted.
func settingsOf(a *change.Action) []setting {
	list := make([]setting, 0, len(a.Properties))
	for name, value := range a.Properties {
		s := setting{name, "null"}
		if value != nil {
			s.value = *value
		}
		list = append(list, s)
	}
	slices.SortFunc(list, bySetting)
	return list
}

func count(c *change.Changeset) *consequences {
	q := &consequences{settings: map[setting]int{}}
	for i := range c.Actions {
		a := &c.Actions[i]
		switch {
		case a.Kind == change.Follow:
			q.followed++
			if a.Again != "" {
				q.again++
			}
			continue
		case a.Moves():
			q.moved++
			q.movedBytes += a.Size
		default:
			q.copied++
			q.copiedBytes += a.Size
		}
		if a.Kind == change.Replace {
			q.replaced++
			if a.Replaces != nil && a.Replaces.Size != nil {
				q.replacedBytes += *a.Replaces.Size
			}
		}
		for _, s := range settingsOf(a) {
			q.settings[s]++
		}
	}
	for i := range c.Unchanged {
		if c.Unchanged[i].Record {
			q.recorded++
		}
	}
	return q
}

// sentence is one about what an apply does.
type sentence struct {
	text  string
	grave bool // it tells of what cannot be undone, or makes objects public or unreadable
}

// consequencesOf lists the sentences about what an apply does, the gravest first.
func consequencesOf(c *change.Changeset) []sentence {
	q := count(c)
	var list []sentence
	say := func(applies, grave bool, text string) {
		if applies {
			list = append(list, sentence{text, grave})
		}
	}
	for _, why := range c.Refusals {
		say(true, true, "warning: "+why)
	}
	say(q.moved > 0, true, fmt.Sprintf("%s (%s) will be MOVED: the platform deletes its copy, this cannot be undone. "+
		"Storage is freed only with a file's last copy.",
		Number(q.moved, "file"), Size(q.movedBytes)))
	size := ""
	if q.replacedBytes > 0 {
		size = " (" + Size(q.replacedBytes) + ")"
	}
	say(q.replaced > 0, true, Number(q.replaced, "object")+size+" on the volume will be DELETED and replaced.")
	var settings []string
	for _, s := range slices.SortedFunc(maps.Keys(q.settings), bySetting) {
		warning := s.warning(q.settings[s])
		say(warning != "", true, warning)
		settings = append(settings, fmt.Sprintf("%s (%s)", s, Number(q.settings[s], "object")))
	}
	say(len(settings) > 0, false, "Storage properties: "+strings.Join(settings, ", ")+".")
	say(q.copied > 0, false, fmt.Sprintf("%s (%s) will be copied: the platform keeps its copy.",
		Number(q.copied, "file"), Size(q.copiedBytes)))
	say(q.followed > 0, false, q.followSentence())
	say(q.recorded > 0, false, Number(q.recorded, "file")+" found in place and not in the lockfile yet: apply records that.")
	return list
}

// readers says who may read an object under a canned access control list. Under
// the lists that are not here only its owner may.
var readers = map[string]string{
	"public-read":        "anybody can read",
	"public-read-write":  "anybody can read and overwrite",
	"authenticated-read": "anybody with an AWS account can read",
}

// warning says what is grave about a setting of some objects, if anything is.
func (s setting) warning(n int) string {
	who := readers[s.value]
	switch {
	case s.name == "aws_canned_acl" && who != "":
		return fmt.Sprintf("warning: %s will be PUBLIC, which %s (%s).", Number(n, "object"), who, s)
	case s.name == "aws_storage_class" && s.value != "STANDARD" && s.value != "null":
		return fmt.Sprintf("warning: %s will be ARCHIVED (%s): nobody can read them, the platform included, until they are restored in the bucket.",
			Number(n, "object"), s)
	}
	return ""
}

func (q *consequences) followSentence() string {
	text := Number(q.followed, "file") + " with an open job already: waited for, "
	if q.again > 0 {
		return text + "and submitted again only where a job fails in passing."
	}
	return text + "nothing is submitted."
}

// changesetTotals is the one line that sums a changeset up.
func changesetTotals(c *change.Changeset) string {
	s := c.Summary()
	if len(c.Actions) == 0 {
		return nothing(c, s)
	}
	return fmt.Sprintf("Plan: %s to move, %s to copy, %s to replace, %s to follow, %s unchanged, %s; %s; about %s",
		Count(s.Export), Count(s.Copy), Count(s.Replace), Count(s.Follow), Count(s.Unchanged),
		blockedCount(c), Size(s.Bytes), requests(c))
}

// moment is a wait that is not worth mentioning beforehand.
const moment = 10 * time.Second

// requests says how many requests an apply takes, and for how long if there
// are more than the platform allows at once.
func requests(c *change.Changeset) string {
	text := Number(c.Requests, "request")
	if c.AtLeast > moment {
		text += ", at least " + duration(c.AtLeast) + " at the platform's limit"
	}
	return text
}

// nothing is the totals of a changeset without work.
func nothing(c *change.Changeset, s change.Summary) string {
	switch {
	case s.Unchanged == 0 && s.Blocked == 0:
		return "Nothing to do: the plan selects no files."
	case s.Blocked > 0:
		return fmt.Sprintf("Nothing to do: %s unchanged, %s.", Count(s.Unchanged), blockedCount(c))
	}
	return fmt.Sprintf("Nothing to do: all files are where the plan wants them (%s unchanged).", Count(s.Unchanged))
}

// blockedCount is "3 blocked", with the number of the tolerated ones.
func blockedCount(c *change.Changeset) string {
	text := Count(len(c.Blocked)) + " blocked"
	if tolerated := len(c.Blocked) - c.Incomplete(); tolerated > 0 {
		text += fmt.Sprintf(" (%s tolerated)", Count(tolerated))
	}
	return text
}
