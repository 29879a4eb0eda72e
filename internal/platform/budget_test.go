package platform

import (
	"testing"
	"time"
)

func TestLeastTime(t *testing.T) {
	now := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	usual := Budget{Known: true, Limit: 1000, Remaining: 400, Reset: now.Add(2 * time.Minute), Window: 5 * time.Minute, Kept: 25}
	with := func(change func(*Budget)) Budget {
		b := usual
		change(&b)
		return b
	}
	for _, c := range []struct {
		name     string
		budget   Budget
		requests int
		want     time.Duration
	}{
		{"they fit", usual, 375, 0},
		{"none", usual, 0, 0},
		{"one too many", usual, 376, 2 * time.Minute},
		{"a whole window more", usual, 375 + 975, 2 * time.Minute},
		{"and one", usual, 375 + 976, 7 * time.Minute},
		{"many", usual, 30_014, 2*time.Minute + 30*5*time.Minute},
		{"nothing left", with(func(b *Budget) { b.Remaining = 10 }), 975, 2 * time.Minute},
		{"the window is over", with(func(b *Budget) { b.Remaining, b.Reset = 0, now.Add(-time.Second) }), 976, 5 * time.Minute},
		{"not known", Budget{}, 10_000, 0},
		{"no limit", with(func(b *Budget) { b.Limit, b.Kept = 0, 0 }), 10_000, 0},
		{"no reset told", with(func(b *Budget) { b.Reset = time.Time{} }), 10_000, 0},
		{"no length known", with(func(b *Budget) { b.Window = 0 }), 10_000, 0},
	} {
		if got := c.budget.Least(c.requests, now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
