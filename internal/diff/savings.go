package diff

import (
	"math"
	"path"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/plan"
)

// Namesakes tell which files on the platform have another one of the same name and
// size there, which may be their copy: no call tells which files are copies.
type Namesakes map[namesake]bearers

// namesake is what copies have in common.
type namesake struct {
	name string
	size int64
}

// bearers are the files of one name and size.
type bearers struct {
	file string // the ID of one of them
	more bool
}

// Add adds files. What is on a volume takes no storage on the platform.
func (n Namesakes) Add(page []platform.File) {
	for i := range page {
		f := &page[i]
		if f.Folder || f.Storage.Alias() {
			continue
		}
		key := namesake{f.Name, f.Size}
		if b, known := n[key]; !known {
			n[key] = bearers{file: f.ID}
		} else if b.file != f.ID {
			n[key] = bearers{b.file, true}
		}
	}
}

// another reports whether an action's file has a namesake.
func (n Namesakes) another(a *change.Action) bool {
	b, known := n[namesake{path.Base(a.Path), a.Size}]
	return known && (b.more || b.file != a.File)
}

// Savings are what the moves of each rule free on the platform at the most. A job of
// which nobody knows whether it moves or copies may move.
func Savings(c *change.Changeset, n Namesakes, prices *plan.Prices) []change.Saving {
	const gigabyte = 1e9
	savings := make([]change.Saving, len(c.Rules))
	byRule := map[string]*change.Saving{}
	for i := range c.Rules {
		savings[i].Rule = c.Rules[i].Rule
		byRule[savings[i].Rule] = &savings[i]
	}
	for i := range c.Actions {
		a := &c.Actions[i]
		s := byRule[a.Rule]
		if s == nil || a.CopyOnly && !a.ModeUnknown {
			continue
		}
		s.Freed += a.Size
		if n.another(a) {
			s.Copies += a.Size
		}
	}
	for i := range savings {
		if prices != nil {
			money := float64(savings[i].Freed) / gigabyte * (prices.Platform - prices.Volume)
			savings[i].PerMonth = new(math.Round(money*1e9) / 1e9) // no digits of binary fractions
		}
	}
	return savings
}
