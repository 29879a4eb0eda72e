//go:build unix

package atomicfile

import "syscall"

// Flags for opening a file: without waiting for the other end of a pipe, and
// without following a symbolic link.
const (
	nonBlocking = syscall.O_NONBLOCK
	noFollow    = syscall.O_NOFOLLOW
)
