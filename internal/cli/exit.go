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
	Exit    int
	Message string
	Advice  string // what to do; empty where the cause says it, or nothing can be done
	err     error
}

func (e *Error) Error() string { return e.Message }

// Unwrap is the cause, if there is one.
func (e *Error) Unwrap() error { return e.err }

// Hint says what to do; it may be empty.
func (e *Error) Hint() string { return cmp.Or(e.Advice, hintOf(e.err)) }

// refuse is an error that ends a command before anything was submitted.
func refuse(hint, format string, args ...any) error {
	return &Error{Exit: ExitRefused, Message: fmt.Sprintf(format, args...), Advice: hint}
}

// exitError is a bare exit code: everything there is to say has been said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// code is the exit code for an error.
func (a *app) code(err error) int {
	var bare exitError
	if errors.As(err, &bare) {
		return int(bare)
	}
	return a.failure(err).Exit
}

// end shows the error that a command ended with, and is its exit code.
func (a *app) end(err error) int {
	if err == nil {
		return ExitOK
	}
	var bare exitError
	if errors.As(err, &bare) {
		return int(bare)
	}
	var problems *plan.Problems
	if errors.As(err, &problems) {
		a.note(a.showProblems(problems))
		a.note(a.annotateProblems(problems))
		return ExitInvalid
	}
	f := a.failure(err)
	if a.globals.JSON {
		a.note(view.ErrorJSON(a.term.Err.W, f))
	} else {
		a.note(view.Error(a.term.Err, f))
	}
	return f.Exit
}

// note drops an error of writing to standard error: there is nowhere left to
// say it.
func (a *app) note(error) {}

func (a *app) showProblems(p *plan.Problems) error {
	if a.globals.JSON {
		return view.ProblemsJSON(a.term.Err.W, p, ExitInvalid)
	}
	return view.Problems(a.term.Err, p)
}

// failure gives an error its exit code and its hint.
func (a *app) failure(err error) view.Failure {
	f := view.Failure{Message: err.Error(), Exit: ExitError, Hint: hintOf(err)}
	var own *Error
	var overdue *apply.OverdueError
	refused := platform.Refusal(err)
	switch {
	case errors.As(err, &own):
		f.Exit = own.Exit
	case refusal(err):
		f.Exit = ExitRefused
	case errors.As(err, &overdue):
		f.Exit = ExitInterrupt
	case errors.Is(err, context.Canceled) && a.interrupts.exit() != 0:
		f.Message, f.Exit = "interrupted", a.interrupts.exit()
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EROFS):
		f.Hint = "make room, or give yourself write permission there, and run again; nothing that was submitted is lost"
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

// refusal reports whether an error of another package means that a command must
// not go on.
func refusal(err error) bool {
	var refused *apply.RefusedError
	var held *state.HeldError
	var mismatch *credentials.MismatchError
	return errors.As(err, &refused) || errors.As(err, &held) || errors.As(err, &mismatch)
}

// hintOf is the hint that an error carries, wherever in it.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
