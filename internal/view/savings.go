package view

import (
	"cmp"
	"fmt"

	"github.com/dustin/go-humanize"

	"sbexport/internal/change"
)

// upperBound says why savings are no more than an upper bound.
func upperBound(sum *change.Saving) string {
	text := "At the most: a file's storage is freed only with its last copy, in whatever project, and the platform does not tell which files are copies."
	if sum.Copies > 0 {
		text += " Perhaps a copy is a file of which another one has the same name and size, in the plan's projects."
	}
	if sum.PerMonth != nil {
		text += " The money is what the platform bills less what the volume costs, by the plan's prices."
	}
	return text
}

// savings shows what the rules free on the platform, and what the projects are billed
// for now.
func (p *printer) savings(c *change.Changeset) {
	if len(c.Savings) == 0 {
		return
	}
	p.freed(c.Savings)
	shown := p.shown(len(c.Billed), maxRows)
	for i := range c.Billed[:shown] {
		p.prose(0, nil, billedSentence(&c.Billed[i]))
	}
	p.more(0, len(c.Billed)-shown, " projects"+fullShowsAll)
	p.line()
}

// billedSentence says what a project is billed for.
func billedSentence(b *change.Billed) string {
	text := fmt.Sprintf("By the platform's breakdown %s is billed for %s", Safe(b.Project), amount(b.Active))
	if b.Archived.Size > 0 {
		text += " and, archived, " + amount(b.Archived)
	}
	if b.Location != "" {
		text += " in " + Safe(b.Location)
	}
	return text + "."
}

// amount is an amount as the platform tells it.
func amount(a change.Amount) string {
	const digits = 3
	return humanize.FtoaWithDigits(a.Size, digits) + " " + Safe(cmp.Or(a.Unit, "(no unit told)"))
}

// freed shows what the rules free on the platform.
func (p *printer) freed(all []change.Saving) {
	freeing, sum := sumSavings(all)
	if len(freeing) == 0 {
		p.prose(0, nil, "Nothing is freed on the platform: no file is moved.")
		return
	}
	p.prose(0, p.strong, "Freed on the platform, at the most: "+savingText(&sum))
	p.rows(2, len(freeing), func(i int) row {
		return row{sign: p.move(change.Export.Symbol()), from: Safe(freeing[i].Rule), tail: savingText(&freeing[i])}
	}, " rules"+fullShowsAll)
	p.prose(2, p.faint, upperBound(&sum))
}

// sumSavings are the rules that free something, and the sum of them.
func sumSavings(all []change.Saving) (freeing []change.Saving, sum change.Saving) {
	for _, s := range all {
		if s.Freed == 0 {
			continue
		}
		freeing = append(freeing, s)
		sum.Freed += s.Freed
		sum.Copies += s.Copies
		if s.PerMonth != nil {
			if sum.PerMonth == nil {
				sum.PerMonth = new(float64)
			}
			*sum.PerMonth += *s.PerMonth
		}
	}
	return freeing, sum
}

// savingText is a saving in a few words.
func savingText(s *change.Saving) string {
	text := Size(s.Freed)
	if s.PerMonth != nil {
		text += ", " + money(*s.PerMonth) + " a month"
	}
	if s.Copies > 0 {
		text += "; " + Size(s.Copies) + " of it perhaps copies"
	}
	return text
}

func money(amount float64) string { return fmt.Sprintf("%.2f", amount) }

// savings is a table of what the rules free on the platform, and what the projects are
// billed for now.
func (m *markdown) savings(c *change.Changeset) {
	freeing, sum := sumSavings(c.Savings)
	if len(freeing) == 0 {
		return
	}
	columns := []string{"Rule", "Freed:", "of that perhaps copies:", "A month:"}
	if sum.PerMonth == nil {
		columns = columns[:3]
	}
	m.table(table{
		heading: "Freed on the platform, at the most: " + savingText(&sum), columns: columns, rows: len(freeing), total: len(freeing), noun: "rule",
		row: func(i int) []string {
			s := &freeing[i]
			cells := []string{code(s.Rule), Size(s.Freed), Size(s.Copies)}
			if s.PerMonth != nil {
				cells = append(cells, money(*s.PerMonth))
			}
			return cells
		},
	})
	m.add(entities(upperBound(&sum)))
	m.table(table{
		heading: "Billed now, by the platform's breakdown", columns: []string{"Project", "Location", "Active:", "Archived:"},
		rows: min(len(c.Billed), maxTableRows), total: len(c.Billed), noun: "project",
		row: func(i int) []string {
			b := &c.Billed[i]
			return []string{code(b.Project), code(b.Location), prose(amount(b.Active)), prose(amount(b.Archived))}
		},
	})
}
