package credentials

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"gopkg.in/ini.v1"

	"sbexport/internal/atomicfile"
)

// What the credentials file is made of (vendor page "Store credentials to
// access Seven Bridges client applications and libraries").
const (
	shownPath      = "~/.sevenbridges/credentials"
	defaultProfile = "default"
	endpointKey    = "api_endpoint"
	tokenKey       = "auth_token"
)

// maxFile bounds what is read of the credentials file; real ones have a few
// lines.
const maxFile = 1 << 20

// file is a credentials file that has been read.
type file struct {
	ini     *ini.File
	warning string
}

// readFile reads and parses the file. Its errors never quote the file.
func readFile(path string) (*file, error) {
	text, info, err := atomicfile.Read(path, maxFile)
	if errors.Is(err, atomicfile.ErrTooLarge) {
		return nil, invalid(shownPath, "the file is too large to be a credentials file")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the credentials file: %w", err)
	}
	parsed, err := parse(text)
	if err != nil {
		return nil, err
	}
	return &file{ini: parsed, warning: looseMode(info)}, nil
}

// parse reads INI text. The library's own errors quote the line they are about,
// which may hold a token, so they are not passed on.
func parse(text []byte) (*ini.File, error) {
	parsed, err := ini.LoadSources(ini.LoadOptions{
		IgnoreInlineComment: true, // "#" and ";" may be part of a token
		IgnoreContinuation:  true, // and so may a backslash at its end
	}, text)
	if err != nil {
		problem := "it is not an INI file"
		if n := badLine(text); n > 0 {
			problem = fmt.Sprintf("line %d is neither a [profile], nor key = value, nor a comment", n)
		}
		return nil, invalid(shownPath, problem)
	}
	return parsed, nil
}

// badLine is the number of the first line that cannot be INI, from 1, or 0.
func badLine(text []byte) int {
	for i, line := range bytes.Split(text, []byte("\n")) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0, line[0] == '#', line[0] == ';':
		case line[0] == '[' && bytes.IndexByte(line, ']') > 0:
		case line[0] != '[' && bytes.IndexAny(line, "=:") > 0:
		default:
			return i + 1
		}
	}
	return 0
}

// looseMode warns when others on this machine can read the file.
func looseMode(info fs.FileInfo) string {
	if runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return ""
	}
	return fmt.Sprintf("%s can be read by other users of this machine (mode %04o): run chmod 600 %s",
		shownPath, info.Mode().Perm(), shownPath)
}

// profile returns the keys of a profile, in lower case, as they stand. The
// library's look-up would fill a missing key of "lab.prod" from "lab" and expand
// "%(name)s", and so could pair a token with a wrong endpoint; so its keys are
// read one by one.
func (f *file) profile(name string) (map[string]string, error) {
	if !f.ini.HasSection(name) || name == ini.DefaultSection {
		known := slices.DeleteFunc(f.ini.SectionStrings(), func(s string) bool { return s == ini.DefaultSection })
		return nil, &Error{
			text: fmt.Sprintf("there is no profile %q in %s: it has %s", name, shownPath, cmp.Or(strings.Join(known, ", "), "none")),
			hint: "name another one with --profile, or write this one into the file",
			err:  fs.ErrNotExist,
		}
	}
	keys := make(map[string]string)
	for _, key := range f.ini.Section(name).Keys() {
		keys[strings.ToLower(key.Name())] = strings.TrimSpace(key.Value())
	}
	return keys, nil
}
