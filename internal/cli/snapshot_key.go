package cli

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sbexport/internal/atomicfile"
	"sbexport/internal/state"
)

// keyLength is the length of the key of pseudonyms, in bytes.
const keyLength = 32

// anonymisingKey is the key that pseudonyms are made with. It is made once for
// each plan's directory and never leaves it.
func anonymisingKey(dir string) ([]byte, error) {
	if err := state.EnsureDir(dir); err != nil {
		return nil, err
	}
	name := filepath.Join(dir, "anonymise.key")
	text, _, err := atomicfile.ReadOwn(name, 1<<10)
	if errors.Is(err, os.ErrNotExist) {
		key := make([]byte, keyLength)
		_, _ = rand.Read(key) // never fails
		if err := atomicfile.WriteOwn(name, []byte(hex.EncodeToString(key)+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("keeping the key of the pseudonyms: %w", err)
		}
		return key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key of the pseudonyms: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyLength {
		return nil, &Error{
			Exit: ExitError, Message: fmt.Sprintf("%q does not hold a key of pseudonyms", name),
			Hint: "delete it; the next snapshot then has other pseudonyms", err: err,
		}
	}
	return key, nil
}
