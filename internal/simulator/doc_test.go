package simulator

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The seed in the package comment is the reference of the format: it must use
// every key, and only keys that there are.
func TestDocumentedSeed(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var seed, all strings.Builder
	for line := range strings.Lines(string(source)) {
		text, inside := strings.CutPrefix(line, "//\t")
		if !inside {
			continue
		}
		all.WriteString(text)
		// Shown as alternatives to each other and to a size.
		if !strings.Contains(text, "from: data/") && !strings.Contains(text, `content: "a text"`) {
			seed.WriteString(text)
		}
	}
	if _, err := ParseSeed("doc.go", []byte(seed.String()), "."); err != nil {
		t.Error(err)
	}
	for _, key := range knownKeys(t) {
		if !strings.Contains(all.String(), key+":") {
			t.Errorf("the reference does not show the key %q", key)
		}
	}
}

// knownKeys are the keys that the messages about unknown keys offer, level by
// level.
func knownKeys(t *testing.T) []string {
	t.Helper()
	rights := []string{"read", "write", "copy", "execute", "admin"}
	var all []string
	for _, seed := range []string{
		"?: 1", "projects: [{?: 1}]", "projects: [{files: [{?: 1}]}]", "projects: [{files: [{folder: a, ?: 1}]}]",
		"projects: [{files: [{alias: {?: 1}}]}]", "projects: [{permissions: {?: 1}}]", "projects: [{generate: [{?: 1}]}]",
		"projects: [{apps: [{?: 1}]}]", "projects: [{tasks: [{?: 1}]}]", "projects: [{tasks: [{children: [{?: 1}]}]}]",
		"projects: [{tasks: [{outputs: {x: {?: 1}}}]}]", "volumes: [{?: 1}]", "volumes: [{generate: [{?: 1}]}]", "volumes: [{objects: [{?: 1}]}]", "jobs: [{?: 1}]",
		"jobs: [{error: {?: 1}}]", "behavior: {?: 1}", "behavior: {jobs: {?: 1}}", "behavior: {rate_limit: {?: 1}}",
		"faults: [{?: 1}]", "failures: [{?: 1}]", "quirks: {?: 1}",
	} {
		_, err := ParseSeed("s", []byte(strings.Replace(seed, "?", "no_such_key", 1)), ".")
		if err == nil {
			t.Fatalf("no error for %s", seed)
		}
		_, list, found := strings.Cut(err.Error(), "use one of ")
		list, _, _ = strings.Cut(list, "\n")
		if !found {
			t.Fatalf("no keys offered for %s: %v", seed, err)
		}
		for key := range strings.SplitSeq(list, ", ") {
			if !slices.Contains(rights, key) {
				all = append(all, key)
			}
		}
	}
	return all
}
