package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"sbexport/internal/api"
	"sbexport/internal/apply"
	"sbexport/internal/credentials"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
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
	case errors.Is(err, resolve.ErrOtherProject):
		f.Exit, f.Hint = ExitInvalid, "write it as OWNER/NAME, as it is in its web address"
	case errors.As(err, &overdue):
		f.Exit = ExitInterrupt
	case errors.Is(err, context.Canceled) && a.interrupts.exit() != 0:
		f.Message, f.Exit = "interrupted", a.interrupts.exit()
	case refused.Unauthorized():
		// That is so of the first request, whatever it was for.
		f.Message = fmt.Sprintf("%s does not take the token that was found (%s): it does not know it, or it has expired", a.address, a.source)
		f.Hint = "make a new token on the platform's Developer page and put it where the old one is"
	case f.Hint == "":
		f.Hint = diskHint(err)
	}
	if refused != nil && f.Hint == "" {
		f.Hint = refused.Explain().Fix
	}
	if account(err) && f.Exit == ExitError {
		f.Hint = strings.TrimPrefix(f.Hint+"; sbexport doctor looks for what is wrong", "; ")
	}
	return f
}

// diskHint says what to do about a file or a folder that cannot be used; empty
// where the error is about neither.
func diskHint(err error) string {
	about, ok := errors.AsType[*fs.PathError](err)
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the disk and run again; nothing that was submitted is lost"
	case !ok && errors.Is(err, os.ErrNotExist):
		return "correct the name"
	case !ok:
		return ""
	}
	folder := filepath.Dir(about.Path)
	_, missing := os.Stat(folder)
	_, absent := os.Lstat(about.Path)
	switch {
	case errors.Is(err, syscall.EROFS):
		return fmt.Sprintf("what is in the folder %q cannot be changed: work in another", folder)
	case errors.Is(err, os.ErrPermission) && absent == nil:
		return fmt.Sprintf("change the permissions of %q, or name another", about.Path)
	case errors.Is(err, os.ErrPermission):
		return fmt.Sprintf("give yourself write permission for the folder %q, or work in another", folder)
	case errors.Is(err, os.ErrNotExist) && missing != nil:
		return fmt.Sprintf("make the folder %q first, or correct its name", folder)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Sprintf("correct the name: %q is no folder", folder)
	case errors.Is(err, os.ErrNotExist):
		return "correct the name"
	}
	return ""
}

// account reports whether an error lies with the credentials, the rights or the
// way to the platform.
func account(err error) bool {
	_, unusable := errors.AsType[*credentials.Error](err)
	_, unreachable := errors.AsType[*api.UnreachableError](err)
	refused := platform.Refusal(err)
	return unusable || unreachable || refused.Unauthorized() || refused.NotYours()
}

// hintOf is the hint that an error carries, wherever in it.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
