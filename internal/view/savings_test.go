package view

import (
	"testing"

	"sbexport/internal/change"
)

func TestSavings(t *testing.T) {
	c := mixed()
	c.Savings = []change.Saving{
		{Rule: "variant-calls", Freed: 1_234_567_890_123, Copies: 30_000_000_000, PerMonth: new(21.4815)},
		{Rule: hostile, Freed: 1, PerMonth: new(-0.0001)},
		{Rule: "copies", PerMonth: new(0.0)},
	}
	c.Billed = []change.Billed{
		{Project: "rfranklin/rna-seq", Location: "aws:us-east-1", Active: change.Amount{Size: 1234.56789, Unit: "GB"}, Archived: change.Amount{Size: 2, Unit: "GB"}},
		{Project: "rfranklin/other", Active: change.Amount{Size: 12.5}},
	}
	o := ChangesetOptions{Plan: "sbexport.yaml", Endpoint: "https://cavatica-api.sbgenomics.com/v2"}
	eachStream(t, "savings", func(s Stream) error { return Changeset(s, c, o) })
	golden(t, "savings-markdown", ChangesetMarkdown(c, o))
}
