package credentials

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNone is returned when there are no credentials anywhere.
var ErrNone = errors.New("there are no Seven Bridges credentials: set SB_AUTH_TOKEN and SB_API_ENDPOINT, " +
	"or write api_endpoint and auth_token under [default] into ~/.sevenbridges/credentials, " +
	"or name another profile of that file with --profile")

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

// ProfileError is returned when the credentials file has no such profile.
type ProfileError struct {
	Profile string
	File    string
	Known   []string // the profiles that it has
}

func (e *ProfileError) Error() string {
	known := "it has none"
	if len(e.Known) > 0 {
		known = "it has " + strings.Join(e.Known, ", ")
	}
	return fmt.Sprintf("there is no profile %q in %s: %s", e.Profile, e.File, known)
}

// InvalidError is returned when credentials were found but cannot be right.
type InvalidError struct {
	Source  string // where they are
	Problem string // what is wrong with them and what to do; never a part of a token
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("cannot use the credentials (%s): %s", e.Source, e.Problem)
}
