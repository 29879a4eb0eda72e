//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package simulator

import (
	"os"
	"syscall"
)

// lockFile waits for the lock on a file. It ends with the process.
func lockFile(f *os.File) error { return flock(f, syscall.LOCK_EX) }

// unlockFile gives the lock back.
func unlockFile(f *os.File) error { return flock(f, syscall.LOCK_UN) }

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); err != syscall.EINTR {
			return err
		}
	}
}
