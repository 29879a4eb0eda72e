package state

import (
	"os"
	"testing"
)

// TestMain lets the test binary be a second process: one that holds a run lock,
// or one that dies as it writes.
func TestMain(m *testing.M) {
	if path := os.Getenv(holdLockEnv); path != "" {
		os.Exit(holdLock(path))
	}
	if path := os.Getenv(dieWritingEnv); path != "" {
		os.Exit(dieWriting(path))
	}
	os.Exit(m.Run())
}
