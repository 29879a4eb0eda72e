package report

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var seal = flag.Bool("seal", false, "seal the script's bundle, which was just made of its modules")

// The bundle is what its modules make. To bundle takes a bundler, which is run by
// "make script" and again by "make ci"; here a seal over modules and bundle shows
// that neither was changed without the other, so that no syntax error of a module
// and no hand's work on the bundle stays unnoticed.
func TestScriptIsCurrent(t *testing.T) {
	names, err := filepath.Glob("script/*.js")
	if err != nil || len(names) == 0 {
		t.Fatal("there are no modules: ", err)
	}
	var sums bytes.Buffer
	for _, name := range append(names, "assets/script.js") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(text), filepath.ToSlash(name))
	}
	const file = "script/SHA256SUMS"
	if *seal {
		if err := os.WriteFile(file, sums.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	sealed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(sealed, sums.Bytes()) {
		t.Errorf("assets/script.js is not the bundle of script/*.js; run: make script\nsealed:\n%snow:\n%s", sealed, sums.Bytes())
	}
}
