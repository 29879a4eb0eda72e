package apply

import (
	"fmt"
	"time"
)

// RefusedError says why an apply must not go on. Nothing was submitted.
type RefusedError struct{ message, hint string }

// Refuse is a refusal, with what to do about it.
func Refuse(hint, format string, args ...any) error {
	return &RefusedError{fmt.Sprintf(format, args...), hint}
}

func (e *RefusedError) Error() string { return e.message }

// Hint says what to do.
func (e *RefusedError) Hint() string { return e.hint }

// OverdueError says that the time for an apply was over before anything was
// submitted.
type OverdueError struct {
	MaxDuration time.Duration
	err         error // what was cut off
}

func (e *OverdueError) Error() string {
	return fmt.Sprintf("its time of %v was over before anything was submitted", e.MaxDuration)
}

// Hint says what to do.
func (e *OverdueError) Hint() string { return "give it more time with --max-duration" }

func (e *OverdueError) Unwrap() error { return e.err }
