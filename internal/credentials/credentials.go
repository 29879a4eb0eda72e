package credentials

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
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
// white space around it, as pasted ones do, but none inside.
func New(endpoint, token, source string) (Credentials, error) {
	token = strings.TrimSpace(token)
	if token != "" && strings.Contains(endpoint, token) {
		return Credentials{}, &InvalidError{Source: source, Problem: "the API endpoint holds the authentication token; it is to be a URL such as https://api.sbgenomics.com/v2 alone"}
	}
	base, err := ParseEndpoint(endpoint)
	if err != nil {
		return Credentials{}, &InvalidError{Source: source, Problem: err.Error()}
	}
	if problem := checkToken(token); problem != "" {
		return Credentials{}, &InvalidError{Source: source, Problem: problem}
	}
	return Credentials{Endpoint: base, Source: source, token: &token}, nil
}

// checkToken says what is wrong with a token without showing any of it.
func checkToken(token string) string {
	if token == "" {
		return "the authentication token is empty"
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] >= 0x7f {
			return "the authentication token holds a space, a line break or another character that tokens do not have; paste it again"
		}
	}
	return ""
}

// Token is the authentication token. It is for the header of a request and
// nothing else.
func (c Credentials) Token() string {
	if c.token == nil {
		return ""
	}
	return *c.token
}

// String describes the credentials without the token.
func (c Credentials) String() string { return fmt.Sprintf("%s (%s)", c.Endpoint, c.Source) }

// GoString is String.
func (c Credentials) GoString() string { return c.String() }

// Format writes String for every verb and flag.
func (c Credentials) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, c.String()) // fmt has nowhere to put an error either
}

// MarshalJSON encodes the endpoint and the source.
func (c Credentials) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Endpoint string `json:"endpoint"`
		Source   string `json:"source"`
	}{c.Endpoint, c.Source})
}

// LogValue is String, for structured logs.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }
