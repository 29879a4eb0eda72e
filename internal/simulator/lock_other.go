//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package simulator

import (
	"errors"
	"os"
)

// lockFile fails: without a lock, two processes could damage the state.
func lockFile(*os.File) error { return errors.ErrUnsupported }

func unlockFile(*os.File) error { return errors.ErrUnsupported }
