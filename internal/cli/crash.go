package cli

import (
	"context"

	"sbexport/executor"
	"sbexport/internal/platform"
)

// The points of an apply at which Streams.Crash is called: the instants at
// which it makes a difference to the next run whether this one dies before or
// after.
const (
	PointLocked   = "run lock taken"
	PointOpened   = "journal opened"
	PointSettled  = "earlier submissions settled"
	PointInPlace  = "files in place recorded"
	PointIntended = "intents durable, nothing sent"
	PointAnswered = "answer received, not recorded"
	PointRecorded = "outcomes durable, lockfile not written"
	PointSaved    = "lockfile written, journal not removed"
)

// CrashPoints lists the points, in the order in which a run comes by them.
func CrashPoints() []string {
	return []string{
		PointLocked, PointOpened, PointSettled, PointInPlace,
		PointIntended, PointAnswered, PointRecorded, PointSaved,
	}
}

// at tells a test that the program has come to a point.
func (a *app) at(point string) {
	if a.streams.Crash != nil {
		a.streams.Crash(point)
	}
}

// crashing is a platform and a recorder with the points around a submission.
type crashing struct {
	executor.Platform
	executor.Recorder
	at func(point string)
}

// Submit passes the points before and after a submission.
func (c crashing) Submit(ctx, leave context.Context, copyOnly bool, items []platform.ExportRequest) ([]platform.ExportResult, error) {
	c.at(PointIntended)
	results, err := c.Platform.Submit(ctx, leave, copyOnly, items)
	c.at(PointAnswered)
	return results, err
}

// Record passes the point after outcomes were recorded.
func (c crashing) Record(outcomes []executor.Outcome) error {
	err := c.Recorder.Record(outcomes)
	c.at(PointRecorded)
	return err
}
