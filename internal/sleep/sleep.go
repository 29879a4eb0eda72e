// Package sleep waits for time to pass, which here always means: or for somebody
// to have had enough of it.
package sleep

import (
	"context"
	"time"
)

// For waits, or returns the context's cause as soon as that has ended.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
