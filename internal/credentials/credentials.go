package credentials

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode"
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
	return &Error{text: fmt.Sprintf("cannot use the credentials (%s): %s", source, problem)}
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
