package credentials

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"unicode"

	"sbexport/internal/platform"
)

// Credentials are an API endpoint and the token for it.
type Credentials struct {
	Endpoint string // base URL without a trailing slash; ends in /v2
	Source   string // where they were found, for people: "environment", "profile cavatica of FILE"
	Warning  string // what is unwise about where they are kept; empty when nothing is

	// token is behind a pointer so that even a struct which holds these
	// credentials in an unexported field prints an address and no token.
	token *string
}

// New checks an endpoint and a token and puts them together. The token may have
// white space around it, as pasted ones do, but none inside. No error shows any of
// it.
func New(endpoint, token, source string) (Credentials, error) {
	token = strings.TrimSpace(token)
	if token == "" {
		return Credentials{}, invalid(source, "the authentication token is empty")
	}
	if strings.Contains(endpoint, token) {
		return Credentials{}, invalid(source, "the API endpoint holds the authentication token; it is to be a URL such as https://api.sbgenomics.com/v2 alone")
	}
	base, err := ParseEndpoint(endpoint)
	if err != nil {
		return Credentials{}, invalid(source, err.Error())
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return Credentials{}, invalid(source, "the authentication token holds a space, a line break or another character that tokens do not have; paste it again")
	}
	return Credentials{Endpoint: base, Source: source, token: &token}, nil
}

// invalid is the error of credentials that were found but cannot be right.
func invalid(source, problem string) error {
	return &Error{text: fmt.Sprintf("cannot use the credentials (%s): %s", source, problem), hint: "correct it there"}
}

// Token is the authentication token. It is for the header of a request and
// nothing else.
func (c Credentials) Token() string {
	if c.token == nil {
		return ""
	}
	return *c.token
}

// Format writes the credentials without the token, for every verb and flag. What
// encodes them finds no token either.
func (c Credentials) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%s (%s)", c.Endpoint, c.Source) // fmt has nowhere to put an error
}

// ParseEndpoint checks and normalises a base URL: https, or http to this very
// machine; no user, query or fragment; a path that ends in /v2, as every
// deployment's does (vendor page "API Overview"). A trailing slash is dropped.
// Errors show the URL only where it cannot be something secret.
func ParseEndpoint(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return "", errors.New("the API endpoint is empty")
	}
	u, err := url.Parse(raw)
	// Somebody who has swapped endpoint and token must not read the token here.
	if err != nil || u.Host == "" {
		return "", errors.New("the API endpoint is not a URL such as https://api.sbgenomics.com/v2")
	}
	shown := u.Scheme + "://" + u.Host + u.Path
	switch {
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }):
		return "", fmt.Errorf("the API endpoint %q must have its host in ASCII: letters of other scripts can look the same and be another host", shown)
	case u.User != nil:
		return "", fmt.Errorf("the API endpoint %q must not hold a user name or password", shown)
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return "", fmt.Errorf("the API endpoint %q must not have a query or a fragment", shown)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", fmt.Errorf("the API endpoint %q must begin with https: a token never crosses a network unencrypted", shown)
	case u.Scheme != "https" && u.Scheme != "http":
		return "", fmt.Errorf("the API endpoint %q must begin with https", shown)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	if !strings.HasSuffix(u.Path, "/v2") {
		return "", fmt.Errorf("the API endpoint %q must end in /v2", shown)
	}
	u.Host = strings.ToLower(u.Host)
	if p := u.Port(); p == "443" && u.Scheme == "https" || p == "80" && u.Scheme == "http" {
		u.Host = strings.TrimSuffix(u.Host, ":"+p)
	}
	return u.String(), nil
}

// loopback reports whether a host is certainly this machine. Names other than
// localhost are not looked up: what they mean can change.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// sameEndpoint reports whether two base URLs are the same place.
func sameEndpoint(a, b string) bool {
	x, errX := ParseEndpoint(a)
	y, errY := ParseEndpoint(b)
	return errX == nil && errY == nil && x == y
}

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
		return Credentials{}, mismatch("the plan is for %s but the credentials (%s) are for %s: use --profile, or correct the plan's platform",
			o.PlanEndpoint, found.Source, found.Endpoint)
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
		return Credentials{}, mismatch("the plan is for %s, which only the plan names: the token is not sent there. "+
			"If it is your platform, set %s to this address, or use a profile that has it", o.PlanEndpoint, endpointVariable)
	case token != "":
		return Credentials{}, &Error{
			text: fmt.Sprintf("%s is set but %s is not, and the plan names no platform", tokenVariable, endpointVariable),
			hint: fmt.Sprintf("set %s to the address of your platform's API, such as %s, or name the platform in the plan", endpointVariable, platform.CAVATICA.Endpoint()),
			err:  ErrNone,
		}
	case endpoint != "":
		return Credentials{}, &Error{
			text: fmt.Sprintf("%s is set but %s is not", endpointVariable, tokenVariable),
			hint: fmt.Sprintf("set %s to the token of the platform's Developer page", tokenVariable),
			err:  ErrNone,
		}
	case o.Home == "":
		return Credentials{}, &Error{text: "there are no credentials in the environment, and " + err.Error(), hint: "set HOME to your home directory, or " + tokenVariable + " and " + endpointVariable, err: ErrNone}
	}
	return Credentials{}, ErrNone
}

// fromFile reads one profile of the credentials file.
func fromFile(o Options, profile string) (Credentials, error) {
	if o.Home == "" {
		return Credentials{}, &Error{
			text: shownPath + " cannot be looked for: it is not known where your home directory is",
			hint: "set HOME to it",
			err:  fs.ErrNotExist,
		}
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
	text: "there are no Seven Bridges credentials, neither in the environment nor in " + shownPath,
	hint: "set SB_AUTH_TOKEN and SB_API_ENDPOINT, or write api_endpoint and auth_token under [default] into that file, " +
		"or name another of its profiles with --profile; to rehearse without an account, add --simulator SEED",
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

// ErrMismatch marks the error of a plan that is for one platform and credentials
// that are for another, or for none that they name.
var ErrMismatch = errors.New("plan and credentials are for different platforms")

func mismatch(format string, args ...any) error {
	return &Error{text: fmt.Sprintf(format, args...), hint: "--profile NAME takes the credentials from another profile", err: ErrMismatch}
}
