package view

import (
	"fmt"
	"strconv"
	"strings"

	"sbexport/internal/change"
)

// identity is the one line that says who acts, on what, and whereto. It is safe.
func identity(plan string, i *change.Identity, endpoint string) string {
	text := plan
	if i.User != "" {
		text = strings.TrimSpace(text + " by " + i.User)
	}
	if endpoint != "" {
		text += " on " + endpoint
	}
	if len(i.Volumes) == 0 {
		return Safe(text)
	}
	files := Number(i.Selected, "file")
	if i.Listed >= i.Selected {
		files = Count(i.Selected) + " of " + Number(i.Listed, "file")
	}
	volumes := make([]string, len(i.Volumes))
	for n, v := range i.Volumes {
		volumes[n] = v.Volume
		if v.URL != "" {
			volumes[n] += " (" + v.URL + ")"
		}
	}
	return Safe(strings.TrimPrefix(text+": ", ": ") + strings.TrimSpace(few(i.Projects)+" ("+files+")") + arrow + few(volumes))
}

// few is a list that is cut where it gets long.
func few(list []string) string {
	const most = 3
	if len(list) > most {
		return strings.Join(list[:most], ", ") + " and " + Count(len(list)-most) + " more"
	}
	return strings.Join(list, ", ")
}

// Beyond what is moved so much at once is a mistake too large to be made by a
// habit of typing "yes".
const (
	manyFiles = 1000
	manyBytes = 10e12
)

// Consent is the only answer that goes on: "yes" or, where very much would be
// moved, the number of files that would be.
func Consent(c *change.Changeset) string {
	if q := count(c); q.moved > manyFiles || q.movedBytes > manyBytes {
		return strconv.Itoa(q.moved)
	}
	return "yes"
}

// Confirm asks before a changeset is applied; where it was not shown to the same
// person just now, it says what cannot be undone. It ends where the answer is
// typed, which is to be compared with Consent.
func Confirm(s Stream, c *change.Changeset, o ChangesetOptions, shown bool) error {
	p := newPrinter(s, false)
	p.line()
	p.prose(0, p.strong, identity(o.Plan, &c.Identity, o.Endpoint))
	if !shown {
		p.line()
		p.consequences(c)
	}
	question := `Do you want to go on? Only "yes" is taken as consent:`
	if consent := Consent(c); consent != "yes" {
		question = fmt.Sprintf("Do you want to go on? Only the number of files that will be moved, %s, is taken as consent:", consent)
	}
	lines := wrap(question, p.columns-2)
	for i, line := range lines {
		if i+1 < len(lines) {
			p.line(p.strong(line))
			continue
		}
		_, _ = p.w.WriteString(p.strong(line) + " ")
	}
	return p.flush("the question")
}
