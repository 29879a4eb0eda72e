package state

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func otherHolder() Holder {
	return Holder{User: "ci", Host: "runner-7", PID: os.Getpid(), Since: at("2026-05-06T07:08:09Z"), Command: "sbexport apply"}
}

func TestRunLockWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	synctest.Test(t, func(t *testing.T) {
		first, err := Lock(t.Context(), path, NewHolder("first"), 0)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = Lock(t.Context(), path, NewHolder("second"), 90*time.Second)
		held, ok := errors.AsType[*HeldError](err)
		if !ok || held.Waited != 90*time.Second || held.Holder.Command != "first" {
			t.Errorf("Lock: %v", err)
		}
		if waited := time.Since(began); waited != 90*time.Second {
			t.Errorf("waited %v, want 90s", waited)
		}

		go func() {
			time.Sleep(10 * time.Minute)
			if err := first.Release(); err != nil {
				t.Error(err)
			}
		}()
		began = time.Now()
		second, err := Lock(t.Context(), path, NewHolder("second"), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began) - 10*time.Minute; waited < 0 || waited > maxLockPause {
			t.Errorf("took the lock %v after it was free", waited)
		}
		if got := readHolder(path); got.Command != "second" || got.PID != os.Getpid() {
			t.Errorf("record of the holder: %v", got)
		}
		if err := second.Release(); err != nil {
			t.Error(err)
		}
		if got := readHolder(path); got != (Holder{}) {
			t.Errorf("record after the release: %v", got)
		}
	})
}

func TestRunLockStopsWaitingWhenTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	synctest.Test(t, func(t *testing.T) {
		lock, err := Lock(t.Context(), path, NewHolder("first"), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer lock.Release() //nolint:errcheck // the test is over
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		began := time.Now()
		if _, err := Lock(ctx, path, NewHolder("second"), time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("Lock: %v", err)
		}
		if waited := time.Since(began); waited != time.Minute {
			t.Errorf("left after %v, want 1m", waited)
		}
	})
}

func TestRunLockSurvivesAnyRecord(t *testing.T) {
	for _, record := range []string{"", " ", "x", " {", " null", " {\"pid\":\"x\"}", strings.Repeat("\x00", 3*maxHolder)} {
		path := writeTemp(t, "x.lock", record)
		lock, err := Lock(t.Context(), path, NewHolder("test"), 0)
		if err != nil {
			t.Errorf("over %.20q: %v", record, err)
			continue
		}
		if err := os.WriteFile(path, []byte(record), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = Lock(t.Context(), path, NewHolder("test"), 0)
		if held, ok := errors.AsType[*HeldError](err); !ok || err.Error() != "another run is at work on this plan" {
			t.Errorf("with the record %.20q: %v (%v)", record, err, held)
		}
		if err := lock.Release(); err != nil {
			t.Error(err)
		}
	}
}

func TestRunLockOnARenamedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	lock, err := Lock(t.Context(), path, NewHolder("first"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if taken, err := lock.lock.TryLock(); !taken || err != nil {
		t.Fatal(taken, err)
	}
	// Whoever had the file open when it was replaced must not take the old one
	// for the lock.
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if taken, err := lock.try(); taken || err != nil {
		t.Errorf("try = %v, %v on a file that has lost its name", taken, err)
	}
	if taken, err := lock.try(); !taken || err != nil {
		t.Errorf("the next try = %v, %v", taken, err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}
