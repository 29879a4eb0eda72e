package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/diff"
	"sbexport/internal/platform"
	"sbexport/plan"
)

// savings is what plan --savings tells, gathered while the projects are listed.
type savings struct {
	namesakes diff.Namesakes
	projects  []*platform.Project
}

// add is told of every file of the projects, see resolve.Options.
func (s *savings) add(p *platform.Project, _ string, page []platform.File) {
	if page == nil {
		s.projects = append(s.projects, p)
	}
	s.namesakes.Add(page)
}

// tell adds to changes what their moves free, and what the projects are billed for
// now, where the user may read that. Not knowing the latter hinders nothing.
func (s *savings) tell(ctx context.Context, r *remote, changes *change.Changeset, prices *plan.Prices) {
	changes.Savings = diff.Savings(changes, s.namesakes, prices)
	const soon = 20 * time.Second
	limited, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	groups := map[string][]platform.Billed{}
	for _, p := range s.projects {
		if p.BillingGroup == "" || p.Name == "" {
			continue
		}
		rows, asked := groups[p.BillingGroup]
		if !asked {
			var err error
			if rows, err = r.Billed(limited, p.BillingGroup); err != nil && platform.Refusal(err) == nil {
				changes.Warnings = append(changes.Warnings, fmt.Sprintf("what the projects are billed for is not known: %v", err))
			}
			groups[p.BillingGroup] = rows
		}
		for _, b := range rows {
			if b.Project == p.Name && (b.CreatedBy == "" || p.CreatedBy == "" || strings.EqualFold(b.CreatedBy, p.CreatedBy)) {
				changes.Billed = append(changes.Billed, change.Billed{
					Project: p.ID, Location: b.Location, Active: change.Amount(b.Active), Archived: change.Amount(b.Archived),
				})
			}
		}
	}
}
