package view

import (
	"strings"
	"testing"
	"time"

	"sbexport/internal/change"
)

// The least time is told when it is more than a moment, in both forms.
func TestTotalsTellTheLeastTime(t *testing.T) {
	for _, c := range []struct {
		least time.Duration
		want  string
	}{
		{0, "about 30,014 requests"},
		{moment, "about 30,014 requests"},
		{150 * time.Minute, "about 30,014 requests, at least 2 h 30 min at the platform's limit"},
	} {
		cs := &change.Changeset{Actions: make([]change.Action, 1), Requests: 30_014, AtLeast: c.least}
		cs.Actions[0].Kind = change.Export
		if got := changesetTotals(cs); !strings.HasSuffix(got, c.want) {
			t.Errorf("%v: the totals are %q, want the end %q", c.least, got, c.want)
		}
		if page := ChangesetMarkdown(cs, ChangesetOptions{}); strings.Contains(page, "at least") != (c.least > moment) {
			t.Errorf("%v: the page is\n%s", c.least, page)
		}
	}
}
