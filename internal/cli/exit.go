package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"sbexport/internal/apply"
	"sbexport/internal/credentials"
	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// The exit codes.
const (
	ExitOK         = 0
	ExitError      = 1   // network, credentials, platform, disk
	ExitChanges    = 2   // plan --detailed-exitcode: changes pending that apply could carry out
	ExitIncomplete = 3   // some files blocked or failed; all others are done
	ExitInvalid    = 4   // the plan or the command line is invalid
	ExitRefused    = 5   // refused, nothing submitted
	ExitInterrupt  = 130 // interrupted
	ExitTerminated = 143 // terminated
)

// Error is an error that a command ends with.
type Error struct {
	Exit   int
	Advice string // what to do; empty where the cause says it, or nothing can be done
	err    error
}

// fail is an error that a command ends with.
func fail(exit int, advice, format string, args ...any) error {
	return &Error{exit, advice, fmt.Errorf(format, args...)}
}

func (e *Error) Error() string { return e.err.Error() }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.err }

// Hint says what to do; it may be empty.
func (e *Error) Hint() string { return cmp.Or(e.Advice, hintOf(e.err)) }

// exitError is a bare exit code: everything there is to say has been said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// end shows the error that a command ended with, and is its exit code. Where
// standard error cannot be written to, there is nowhere left to say so.
func (a *app) end(err error) int {
	var bare exitError
	var problems *plan.Problems
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &bare):
		return int(bare)
	case !errors.As(err, &problems):
		f := a.failure(err)
		if a.globals.JSON {
			_ = view.ErrorJSON(a.term.Err.W, f)
		} else {
			_ = view.Error(a.term.Err, f)
		}
		return f.Exit
	case a.globals.JSON:
		_ = view.ProblemsJSON(a.term.Err.W, problems, ExitInvalid)
	default:
		_ = view.Problems(a.term.Err, problems)
	}
	_ = a.annotateProblems(problems)
	return ExitInvalid
}

// failure gives an error its exit code and its hint.
func (a *app) failure(err error) view.Failure {
	f := view.Failure{Message: err.Error(), Exit: ExitError, Hint: hintOf(err)}
	var own *Error
	var overdue *apply.OverdueError
	var stale *apply.RefusedError
	var held *state.HeldError
	refused := platform.Refusal(err)
	switch {
	case errors.As(err, &own):
		f.Exit = own.Exit
	case errors.As(err, &stale), errors.As(err, &held), errors.Is(err, credentials.ErrMismatch):
		f.Exit = ExitRefused
	case errors.As(err, &overdue):
		f.Exit = ExitInterrupt
	case errors.Is(err, context.Canceled) && a.interrupts.exit() != 0:
		f.Message, f.Exit = "interrupted", a.interrupts.exit()
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EROFS):
		f.Hint = "make room, or give yourself write permission there, and run again; nothing that was submitted is lost"
	case errors.Is(err, os.ErrNotExist) && f.Hint == "":
		f.Hint = "check the name; a directory must be there before a file can be made in it"
	case refused != nil && f.Hint == "":
		f.Hint = refused.Explain().Fix
	}
	if account(err) && f.Exit == ExitError {
		f.Hint = strings.TrimPrefix(f.Hint+"; sbexport doctor looks for what is wrong", "; ")
	}
	return f
}

// account reports whether an error lies with the credentials, the rights or the
// way to the platform.
func account(err error) bool {
	_, unusable := errors.AsType[*credentials.Error](err)
	refused := platform.Refusal(err)
	return unusable || errors.Is(err, syscall.ECONNREFUSED) || refused.Unauthorized() || refused.NotYours()
}

// hintOf is the hint that an error carries, wherever in it.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
