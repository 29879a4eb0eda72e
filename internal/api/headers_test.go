package api

import (
	"testing"
	"time"
)

func TestSkewRemote(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		date time.Time // of an answer to a request that took 200 ms
		want time.Time
	}{
		{"never told", time.Time{}, now},
		{"clocks that can agree", now.Add(-500 * time.Millisecond), now},
		{"platform an hour ahead", now.Add(time.Hour), now.Add(time.Hour)},
		{"platform an hour behind", now.Add(-time.Hour), now.Add(-time.Hour)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s skew
			s.note(c.date, now.Add(-200*time.Millisecond), now)
			if got := now.Add(s.ahead()); !got.Equal(c.want) {
				t.Errorf("remote(now) = %v, want %v", got, c.want)
			}
		})
	}
}
