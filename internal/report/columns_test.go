package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestNeighboursShareTheirBeginnings(t *testing.T) {
	all := []string{"results/a.vcf", "results/b.vcf", "results/b.vcf.tbi", "", "😀a", "😁a", "😀é", "日本", "日曜"}
	c := newTexts(len(all), func(i int) string { return all[i] })
	want := texts{
		Shared: []int{0, 8, 13, 0, 0, 0, 0, 0, 1},
		Rest:   []string{"results/a.vcf", "b.vcf", ".tbi", "", "😀a", "😁a", "😀é", "日本", "曜"},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(all, c.undo()); diff != "" {
		t.Errorf("they do not come back (-want +got):\n%s", diff)
	}
}

// Whatever the strings are, the page's script gets them back.
func FuzzTexts(f *testing.F) {
	f.Add("a/b\na/c\n\n😀x\n😀y")
	f.Add("é\ne\u0301\né")
	f.Fuzz(func(t *testing.T, text string) {
		all := strings.Split(strings.ToValidUTF8(text, "\uFFFD"), "\n")
		c := newTexts(len(all), func(i int) string { return all[i] })
		coded, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<", ">", "&", "\u2028", "\u2029"} {
			if strings.Contains(string(coded), bad) {
				t.Errorf("%q is in %s", bad, coded)
			}
		}
		var back texts
		if err := json.Unmarshal(coded, &back); err != nil {
			t.Fatal(err)
		}
		if got := back.undo(); !slices.Equal(got, all) {
			t.Errorf("%q came back as %q", all, got)
		}
		for _, rest := range c.Rest {
			if !utf8.ValidString(rest) {
				t.Errorf("%q is half a character", rest)
			}
		}
	})
}
