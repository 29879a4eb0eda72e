package credentials

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	us    = "https://api.sbgenomics.com/v2"
	cav   = "https://cavatica-api.sbgenomics.com/v2"
	token = "0123456789abcdef0123456789abcdef"
	other = "fedcba9876543210fedcba9876543210"
)

// home makes a home directory whose credentials file holds text.
func home(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".sevenbridges"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".sevenbridges", "credentials"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

const twoProfiles = `
# comment
[default]
api_endpoint = ` + us + `/
auth_token   = ` + token + `

[cavatica]
API_Endpoint = ` + cav + `
auth_token = "` + other + `"

[DEFAULT2]
api_endpoint = ` + us + `
[lab]
auth_token = ` + token + `
[lab.prod]
api_endpoint = ` + us + `
`

func TestFind(t *testing.T) {
	t.Parallel()
	type found struct{ Endpoint, Token, Source string }
	tests := []struct {
		name    string
		file    string // empty for none
		profile string
		plan    string
		env     map[string]string
		want    found
		err     string // part of the error; empty for none
	}{
		{
			name: "environment", file: twoProfiles,
			env:  map[string]string{"SB_AUTH_TOKEN": other, "SB_API_ENDPOINT": cav},
			want: found{cav, other, "environment"},
		},
		{
			name: "environment with the plan's platform", plan: cav,
			env:  map[string]string{"SB_AUTH_TOKEN": " " + other + "\n"},
			want: found{cav, other, "environment"},
		},
		{name: "default of the file", file: twoProfiles, want: found{us, token, "profile default of ~/.sevenbridges/credentials"}},
		{
			name: "profile wins over the environment", file: twoProfiles, profile: "cavatica",
			env:  map[string]string{"SB_AUTH_TOKEN": token, "SB_API_ENDPOINT": us},
			want: found{cav, other, "profile cavatica of ~/.sevenbridges/credentials"},
		},
		{
			name: "half an environment falls through", file: twoProfiles,
			env:  map[string]string{"SB_AUTH_TOKEN": other},
			want: found{us, token, "profile default of ~/.sevenbridges/credentials"},
		},
		{
			name: "comment signs in a token", file: "[default]\napi_endpoint=" + us + "\nauth_token=ab#cd;ef\\\n",
			want: found{us, "ab#cd;ef\\", "profile default of ~/.sevenbridges/credentials"},
		},
		{
			name: "no expansion", file: "[default]\napi_endpoint=" + us + "\nauth_token=%(api_endpoint)s\n",
			want: found{us, "%(api_endpoint)s", "profile default of ~/.sevenbridges/credentials"},
		},
		{
			name: "byte order mark and CRLF", file: "\ufeff[default]\r\napi_endpoint=" + us + "\r\nauth_token=" + token + "\r\n",
			want: found{us, token, "profile default of ~/.sevenbridges/credentials"},
		},
		{name: "none", err: "no Seven Bridges credentials"},
		{name: "file without default", file: "[x]\n", err: "no Seven Bridges credentials"},
		{name: "token alone", env: map[string]string{"SB_AUTH_TOKEN": token}, err: "SB_AUTH_TOKEN is set but SB_API_ENDPOINT is not"},
		{name: "endpoint alone", env: map[string]string{"SB_API_ENDPOINT": us}, err: "SB_API_ENDPOINT is set but SB_AUTH_TOKEN is not"},
		{name: "no such profile", file: twoProfiles, profile: "bdc", err: `no profile "bdc" in ~/.sevenbridges/credentials: it has default, cavatica, DEFAULT2, lab, lab.prod`},
		{name: "the library's own section", file: "auth_token=x\n", profile: "DEFAULT", err: `no profile "DEFAULT"`},
		{name: "profile without a file", profile: "bdc", err: "reading the credentials file"},
		{name: "token missing", file: twoProfiles, profile: "DEFAULT2", err: "auth_token is missing"},
		{name: "token not inherited", file: twoProfiles, profile: "lab.prod", err: "auth_token is missing"},
		{name: "endpoint missing", file: twoProfiles, profile: "lab", err: "api_endpoint is missing"},
		{name: "malformed file", file: "[default]\n" + token + "\n", err: "line 2 is neither"},
		{name: "unclosed section", file: "[" + token + "\n", err: "line 1 is neither"},
		{name: "unclosed quote", file: "[default]\nauth_token = `" + token + "\n", err: "not an INI file"},
		{name: "huge file", file: strings.Repeat("# x\n", 1<<19), err: "too large"},
		{name: "platform mismatch", file: twoProfiles, plan: cav, err: "the plan is for " + cav},
		{
			name: "space in the token", env: map[string]string{"SB_AUTH_TOKEN": token + " " + token, "SB_API_ENDPOINT": us},
			err: "holds a space",
		},
		{
			name: "line break in the token", env: map[string]string{"SB_AUTH_TOKEN": token + "\n" + token, "SB_API_ENDPOINT": us},
			err: "holds a space, a line break",
		},
		{
			name: "the plan's platform by its address", plan: "HTTPS://CAVATICA-api.sbgenomics.com/v2/",
			env:  map[string]string{"SB_AUTH_TOKEN": other},
			want: found{cav, other, "environment"},
		},
		{
			name: "an address that the credentials name too", plan: "https://SB.example.org:443/v2/",
			env:  map[string]string{"SB_AUTH_TOKEN": other, "SB_API_ENDPOINT": "https://sb.example.org/v2"},
			want: found{"https://sb.example.org/v2", other, "environment"},
		},
		{
			name: "an address that the file names", file: "[default]\napi_endpoint=https://sb.example.org/v2\nauth_token=" + token,
			plan: "https://sb.example.org/v2", env: map[string]string{"SB_AUTH_TOKEN": other},
			want: found{"https://sb.example.org/v2", token, "profile default of ~/.sevenbridges/credentials"},
		},
		{
			name: "an address that the file does not name", file: twoProfiles, plan: "https://sb.example.org/v2",
			env: map[string]string{"SB_AUTH_TOKEN": other}, err: "the plan is for https://sb.example.org/v2 but the credentials",
		},
		{name: "token for endpoint", env: map[string]string{"SB_AUTH_TOKEN": us, "SB_API_ENDPOINT": token}, err: "not a URL"},
		{name: "bad environment is not skipped", file: twoProfiles, env: map[string]string{"SB_AUTH_TOKEN": token, "SB_API_ENDPOINT": "http://x/v2"}, err: "https"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := Options{Profile: tt.profile, PlanEndpoint: tt.plan, Getenv: func(n string) string { return tt.env[n] }, Home: t.TempDir()}
			if tt.file != "" {
				o.Home = home(t, tt.file)
			}
			c, err := Find(o)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want one with %q", err, tt.err)
				}
				for _, secret := range []string{token, other} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("the error shows a token: %v", err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, found{c.Endpoint, c.Token(), c.Source}); d != "" {
				t.Error(d)
			}
			if c.Warning != "" {
				t.Errorf("unexpected warning %q", c.Warning)
			}
		})
	}
}

func TestEndpointHoldsTheToken(t *testing.T) {
	const token = "0123456789abcdef0123456789abcdef"
	for _, endpoint := range []string{"ftp://" + token + "/v2", "https://api.sbgenomics.com/" + token, token, "https://api.sbgenomics.com/v2?t=" + token} {
		if _, err := New(endpoint, token, "here"); err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%q: error %v", endpoint, err)
		}
	}
}

// TestNoTokenForThePlansOwnAddress has plans that try to have the token sent to
// an address that only they name.
func TestNoTokenForThePlansOwnAddress(t *testing.T) {
	t.Parallel()
	for _, plan := range []string{
		"https://evil.example.com/v2", "https://evil.example.com:443/v2", "http://127.0.0.1:8080/v2", "http://localhost/v2",
		"https://api.sbgenomics.com:8443/v2", "https://api.sbgenomics.com./v2", "https://api.sbgenomics.com.evil.com/v2",
		"https://api.sbgenomics.com@evil.com/v2", "https://api.sbgenomics.com%2f@evil.com/v2", "https://evil.com/https://api.sbgenomics.com/v2",
		"http://api.sbgenomics.com/v2", "https://api.sbgenomics.com/x/v2", "https://api.\u017fbgenomics.com/v2", "https://api.sevenbridges.cn\u2024/v2",
		"https://cavatica-api.sbgenomics.com/v2?x=https://api.sbgenomics.com/v2", "https://API.SBGENOMICS.COM.evil.com/v2", "https:api.sbgenomics.com/v2",
	} {
		for _, endpoint := range []string{"", " "} {
			env := map[string]string{"SB_AUTH_TOKEN": token, "SB_API_ENDPOINT": endpoint}
			c, err := Find(Options{PlanEndpoint: plan, Getenv: func(n string) string { return env[n] }, Home: t.TempDir()})
			if !errors.Is(err, ErrMismatch) || !strings.Contains(err.Error(), "set SB_API_ENDPOINT") || c.Token() != "" {
				t.Errorf("%q: %v, %v", plan, c, err)
			}
		}
	}
}

func TestFindWarnsOfLooseMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // no such modes there
	}
	dir := home(t, twoProfiles)
	if err := os.Chmod(filepath.Join(dir, ".sevenbridges", "credentials"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Find(Options{Getenv: func(string) string { return "" }, Home: dir})
	if err != nil || !strings.Contains(c.Warning, "chmod 600") || !strings.Contains(c.Warning, "0644") {
		t.Errorf("warning %q, error %v", c.Warning, err)
	}
}

func TestFindReportsUnreadableFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".sevenbridges", "credentials"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Find(Options{Getenv: func(string) string { return "" }, Home: dir})
	if err == nil || errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "reading the credentials file") {
		t.Errorf("a directory in the file's place: %v", err)
	}
}

func TestParseEndpoint(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want, err string }{
		{us, us, ""},
		{" " + us + "// ", us, ""},
		{"HTTPS://API.SBGenomics.com:443/v2/", us, ""},
		{"https://sb.example.org/gateway/v2", "https://sb.example.org/gateway/v2", ""},
		{"http://127.0.0.1:8080/v2", "http://127.0.0.1:8080/v2", ""},
		{"http://127.9.9.9/v2", "http://127.9.9.9/v2", ""},
		{"http://localhost:80/v2", "http://localhost/v2", ""},
		{"http://[::1]:8080/v2", "http://[::1]:8080/v2", ""},
		{"", "", "empty"},
		{"api.sbgenomics.com/v2", "", "not a URL"},
		{"https:///v2", "", "not a URL"},
		{"https://api.\u017fbgenomics.com/v2", "", "in ASCII"},
		{"https://api.\u212a.com/v2", "", "in ASCII"},
		{"https://api.%C5%BFbgenomics.com/v2", "", "in ASCII"},
		{"https://exa mple/v2", "", "not a URL"},
		{"http://api.sbgenomics.com/v2", "", "must begin with https"},
		{"http://localhost.example.org/v2", "", "must begin with https"},
		{"http://128.0.0.1/v2", "", "must begin with https"},
		{"ftp://api.sbgenomics.com/v2", "", "must begin with https"},
		{"https://api.sbgenomics.com", "", "must end in /v2"},
		{"https://api.sbgenomics.com/v22", "", "must end in /v2"},
		{"https://me:secret@api.sbgenomics.com/v2", "", "user name"},
		{us + "?token=secret", "", "query"},
		{us + "#secret", "", "query or a fragment"},
	}
	for _, tt := range tests {
		got, err := ParseEndpoint(tt.in)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("ParseEndpoint(%q) = %q, %v; want %q, %q", tt.in, got, err, tt.want, tt.err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
}

func TestNoFormattingShowsTheToken(t *testing.T) {
	t.Parallel()
	c, err := New(us, token, "test")
	if err != nil {
		t.Fatal(err)
	}
	nested := struct{ inner Credentials }{c}
	var shown strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p"} {
		for _, value := range []any{c, &c, []Credentials{c}, nested, &nested, map[string]any{"c": nested}} {
			fmt.Fprintf(&shown, verb+"\n", value)
		}
	}
	out, err := json.Marshal(map[string]any{"a": c, "b": &c})
	if err != nil {
		t.Fatal(err)
	}
	shown.Write(out)
	logger := slog.New(slog.NewJSONHandler(&shown, nil))
	logger.Info("x", "c", c, "p", &c, "n", nested)
	slog.New(slog.NewTextHandler(&shown, nil)).Info("x", "c", c, "p", &c, "n", nested)
	hex := fmt.Sprintf("%x", token)
	for _, secret := range []string{token, hex, strings.ToUpper(hex)} {
		if strings.Contains(shown.String(), secret) {
			t.Errorf("the token is shown:\n%s", shown.String())
		}
	}
	if !strings.Contains(shown.String(), us) {
		t.Error("nothing was shown at all")
	}
	if (Credentials{}).Token() != "" {
		t.Error("empty credentials have a token")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(twoProfiles, token)
	f.Add("[default]\nx", "x")
	f.Add("[a]\nb = \"\"\"c\n", "c")
	f.Fuzz(func(t *testing.T, text, profile string) {
		parsed, err := parse([]byte(text))
		if err != nil {
			if len(err.Error()) > 200 {
				t.Errorf("the error is too long not to quote the file: %v", err)
			}
			return
		}
		if _, err := (&file{ini: parsed}).profile(profile); err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("unexpected error %v", err)
			}
		}
	})
}
