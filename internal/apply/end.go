package apply

import (
	"fmt"
	"sync"
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

// stop is how the execution is made to end before its time.
type stop struct {
	asked chan struct{} // closed when it is to stop; nil before it can be

	mu     sync.Mutex
	reason string
}

// ask makes the execution stop; the first reason counts.
func (s *stop) ask(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reason == "" {
		s.reason = why
		close(s.asked)
	}
}

// why is the reason for which it was to stop, or empty.
func (s *stop) why() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason
}
