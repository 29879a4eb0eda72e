package state

import (
	"os"
	"testing"
)

// TestMain lets the test binary be a second process: one that holds a run
// lock.
func TestMain(m *testing.M) {
	if path := os.Getenv(holdLockEnv); path != "" {
		os.Exit(holdLock(path))
	}
	os.Exit(m.Run())
}
