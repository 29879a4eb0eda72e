package platform

import "testing"

func TestSamePlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		prefix, told, wanted string
		want                 bool
	}{
		{"", "a/b", "a/b", true},
		{"", "/a/b", "a/b", false}, // another key
		{"", "x/a/b", "a/b", false},
		{"cohort", "a", "a", true},
		{"cohort", "cohort/a", "a", true},
		{"cohort", "cohorta", "a", true}, // joined without a slash
		{"cohort", "cohort/cohort/a", "a", false},
		{"cohort", "elsewhere/other-a", "a", false},
		{"cohort", "elsewhere/a", "a", false},
		{"cohort", "/a", "a", false},
		{"run/", "run/1", "1", true},
		{"run/", "run1", "1", false}, // a prefix with its own slash is never joined without it
	} {
		v := &Volume{Service: Service{Prefix: c.prefix}}
		if got := v.At(c.told, c.wanted); got != c.want {
			t.Errorf("with prefix %q, %q is at %q: %v", c.prefix, c.told, c.wanted, got)
		}
	}
	for told, want := range map[string]bool{"a": true, "cohort/a": false, "elsewhere/other-a": false, "elsewhere/a": false} {
		if got := (*Volume)(nil).At(told, "a"); got != want {
			t.Errorf("on a volume that cannot be read, %q is at \"a\": %v", told, got)
		}
	}
}
