package view

import (
	"fmt"

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

// savings shows what the rules free on the platform, the sum last.
func (p *printer) savings(all []change.Saving) {
	if len(all) == 0 {
		return
	}
	freeing, sum := sumSavings(all)
	if len(freeing) == 0 {
		p.prose(0, nil, "Nothing is freed on the platform: no file is moved.")
		p.line()
		return
	}
	p.line(p.strong("Freed on the platform, at the most: ", savingText(&sum)))
	p.rows(2, len(freeing), func(i int) row {
		return row{sign: p.move(change.Export.Symbol()), from: Safe(freeing[i].Rule), tail: savingText(&freeing[i])}
	}, " rules"+fullShowsAll)
	p.prose(2, p.faint, upperBound(&sum))
	p.line()
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

// savings is a table of what the rules free on the platform.
func (m *markdown) savings(all []change.Saving) {
	freeing, sum := sumSavings(all)
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
}
