//go:build !unix

package atomicfile

// Flags that other systems do not have; there a link is noticed by looking at
// the name before.
const (
	nonBlocking = 0
	noFollow    = 0
)
