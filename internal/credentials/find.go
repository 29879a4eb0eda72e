package credentials

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"sbexport/internal/platform"
)

// The environment variables that every Seven Bridges client reads.
const (
	endpointVariable = "SB_API_ENDPOINT"
	tokenVariable    = "SB_AUTH_TOKEN" //nolint:gosec // the variable's name, not a token
)

// Options say where to look.
type Options struct {
	Profile      string                   // of the credentials file; then nothing else is looked at
	PlanEndpoint string                   // base URL of the platform the plan names; empty when it names none
	Getenv       func(name string) string // the environment
	Home         string                   // home directory, which holds the credentials file; empty for none
}

// Find returns the first credentials that hold: the named profile of the
// credentials file; the environment, where the plan's platform stands in for a
// missing SB_API_ENDPOINT if it is a public deployment; the file's default
// profile. An address that only the plan names never gets a token: whoever can
// change the plan could send it anywhere. Credentials that are found but invalid
// are an error, not a reason to look further. The error is ErrNone, a
// *MismatchError, a *ProfileError, an *InvalidError, or that of reading the file.
func Find(o Options) (Credentials, error) {
	found, err := find(o)
	if err != nil {
		return Credentials{}, err
	}
	if o.PlanEndpoint != "" && !sameEndpoint(o.PlanEndpoint, found.Endpoint) {
		return Credentials{}, &MismatchError{Plan: o.PlanEndpoint, Found: found.Endpoint, Source: found.Source}
	}
	return found, nil
}

func find(o Options) (Credentials, error) {
	if o.Profile != "" {
		return fromFile(o, o.Profile)
	}
	token := strings.TrimSpace(o.Getenv(tokenVariable))
	endpoint := strings.TrimSpace(o.Getenv(endpointVariable))
	if token != "" && endpoint == "" {
		endpoint = platform.DeploymentAt(o.PlanEndpoint).Endpoint()
	}
	if token != "" && endpoint != "" {
		return New(endpoint, token, "environment")
	}
	found, err := fromFile(o, defaultProfile)
	if !absent(err) {
		return found, err
	}
	switch {
	case token != "" && o.PlanEndpoint != "":
		return Credentials{}, &MismatchError{Plan: o.PlanEndpoint, Source: "environment"}
	case token != "":
		return Credentials{}, fmt.Errorf("%s is set but %s is not, and the plan names no platform: %w",
			tokenVariable, endpointVariable, ErrNone)
	case endpoint != "":
		return Credentials{}, fmt.Errorf("%s is set but %s is not: %w", endpointVariable, tokenVariable, ErrNone)
	}
	return Credentials{}, ErrNone
}

// absent reports whether the credentials file or the profile does not exist.
func absent(err error) bool {
	var profile *ProfileError
	return errors.Is(err, fs.ErrNotExist) || errors.As(err, &profile)
}

// fromFile reads one profile of the credentials file.
func fromFile(o Options, profile string) (Credentials, error) {
	if o.Home == "" {
		return Credentials{}, fmt.Errorf("looking for the credentials file: no home directory is known: %w", fs.ErrNotExist)
	}
	path := filepath.Join(o.Home, ".sevenbridges", "credentials")
	f, err := readFile(path)
	if err != nil {
		return Credentials{}, err
	}
	source := fmt.Sprintf("profile %s of %s", profile, shownPath)
	keys, err := f.profile(profile)
	if err != nil {
		return Credentials{}, err
	}
	for _, key := range []string{endpointKey, tokenKey} {
		if keys[key] == "" {
			return Credentials{}, &InvalidError{Source: source, Problem: key + " is missing"}
		}
	}
	found, err := New(keys[endpointKey], keys[tokenKey], source)
	found.Warning = f.warning
	return found, err
}
