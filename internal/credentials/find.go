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
// are an error, not a reason to look further.
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
	if !errors.Is(err, fs.ErrNotExist) {
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
			return Credentials{}, invalid(source, key+" is missing")
		}
	}
	found, err := New(keys[endpointKey], keys[tokenKey], source)
	found.Warning = f.warning
	return found, err
}

// ErrNone is returned when there are no credentials anywhere.
var ErrNone error = &Error{
	text: "there are no Seven Bridges credentials: set SB_AUTH_TOKEN and SB_API_ENDPOINT, " +
		"or write api_endpoint and auth_token under [default] into ~/.sevenbridges/credentials, " +
		"or name another profile of that file with --profile",
	hint: "to rehearse without an account, add --simulator SEED",
}

// Error says why there are no credentials that can be used.
type Error struct {
	text, hint string // never a part of a token
	err        error  // what it is in general, or nil
}

func (e *Error) Error() string { return e.text }

// Unwrap returns what it is in general, such as fs.ErrNotExist.
func (e *Error) Unwrap() error { return e.err }

// Hint says what to do; it may be empty.
func (e *Error) Hint() string { return e.hint }

// MismatchError is returned when the plan is for one platform and the
// credentials are for another, or for none that they name.
type MismatchError struct {
	Plan   string // endpoint the plan names
	Found  string // endpoint of the credentials; empty when they name none
	Source string // of the credentials
}

func (e *MismatchError) Error() string {
	if e.Found == "" {
		return fmt.Sprintf("the plan is for %s, which only the plan names: the token is not sent there. "+
			"If it is your platform, set %s to this address, or use a profile that has it", e.Plan, endpointVariable)
	}
	return fmt.Sprintf("the plan is for %s but the credentials (%s) are for %s: use --profile, or correct the plan's platform",
		e.Plan, e.Source, e.Found)
}

// Hint says what to do.
func (*MismatchError) Hint() string {
	return "--profile NAME takes the credentials from another profile"
}
