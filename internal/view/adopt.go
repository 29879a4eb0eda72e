package view

import (
	"fmt"
	"io"

	"sbexport/internal/audit"
	"sbexport/internal/change"
	"sbexport/internal/state"
)

// AdoptionOptions are what the views of an adoption need beside it.
type AdoptionOptions struct {
	AuditOptions
	DryRun bool // nothing was written
}

// Adoption shows what was found exported without being on record, and what may
// be exported without enough to show for it.
func Adoption(s Stream, adopted []audit.Adoption, doubts []audit.Doubt, o AdoptionOptions) error {
	p := newAudit(s, o.AuditOptions)
	p.section("Exported, and not on record", len(adopted), func(i int) row { return found(p.add("+"), adopted[i].Action, "") })
	p.section("In doubt, not adopted", len(doubts), func(i int) row {
		return found(p.wait("?"), doubts[i].Action, doubts[i].Message)
	})
	p.prose(0, p.strong, adoptionTotals(adopted, doubts, o))
	return p.flush("what was adopted")
}

// found is the row of what an action would have exported.
func found(sign string, a *change.Action, said string) row {
	return row{sign: sign, from: path(a.Path, a.File), to: destination(a), said: Safe(said)}
}

// adoptionTotals is the one line that sums an adoption up.
func adoptionTotals(adopted []audit.Adoption, doubts []audit.Doubt, o AdoptionOptions) string {
	counts := map[audit.Evidence]int{}
	for _, a := range adopted {
		counts[a.By]++
	}
	what := list(some(counts[audit.ByAlias], "by alias"), some(counts[audit.ByJob], "by a completed job"),
		some(counts[audit.ByObject], "by their object"))
	text := "Nothing to adopt: everything that is exported is on record"
	switch {
	case len(adopted) > 0 && o.DryRun:
		text = fmt.Sprintf("Would adopt %s (%s)", Number(len(adopted), "file"), what)
	case len(adopted) > 0:
		text = fmt.Sprintf("Adopted %s into %s (%s)", Number(len(adopted), "file"), Safe(o.Lockfile), what)
	}
	return list(text, some(len(doubts), "in doubt")) + "; " + Number(o.Requests, "request")
}

// adoptedLine is an adopted export as it is written.
type adoptedLine struct {
	By audit.Evidence `json:"by"`
	state.Entry
}

// doubtLine is a doubt as it is written.
type doubtLine struct {
	Rule     string `json:"rule,omitempty"`
	File     string `json:"file"`
	Path     string `json:"path"`
	Size     int64  `json:"size"`
	Volume   string `json:"volume"`
	Location string `json:"location"`
	Message  string `json:"message"`
}

// AdoptionJSON writes an adoption as one JSON document. Entries are those of
// what was adopted, in the same order.
func AdoptionJSON(w io.Writer, h Header, adopted []audit.Adoption, entries []state.Entry, doubts []audit.Doubt, o AdoptionOptions) error {
	lines := make([]adoptedLine, len(adopted))
	for i := range adopted {
		lines[i] = adoptedLine{adopted[i].By, entries[i]}
	}
	doubtful := make([]doubtLine, len(doubts))
	for i, d := range doubts {
		doubtful[i] = doubtLine{d.Rule, d.File, d.Path, d.Size, d.Volume, d.Location, d.Message}
	}
	return writeDocument(w, struct {
		Header
		DryRun  bool           `json:"dry_run"`
		Summary map[string]int `json:"summary"`
		Adopted []adoptedLine  `json:"adopted"`
		Doubts  []doubtLine    `json:"doubtful"`
	}{h, o.DryRun, map[string]int{"adopted": len(adopted), "doubtful": len(doubts), "requests": o.Requests}, lines, doubtful})
}
