package credentials

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode"
)

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
