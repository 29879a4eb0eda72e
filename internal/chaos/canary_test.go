//go:build unix

package chaos

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sbexport/internal/cli"
)

// The token shows nowhere, however much is told and whatever goes wrong.
func TestTokenShowsNowhere(t *testing.T) {
	t.Parallel()
	token := "canary" + rand.Text()
	s := moves(12, quick)
	s.folders[0].files[0].fate, s.folders[0].files[1].fate, s.folders[0].files[2].fate = refused, passing, occupied
	s.quirks = []string{"shuffled_bulk"}
	s.faults = []string{
		`- {match: "` + create + `", times: 1, action: cut_after_commit}`,
		`- {match: "GET **", nth: 2, action: html}`,
		`- {match: "GET **", nth: 4, action: status, status: 401}`,
		`- {match: "POST **", nth: 4, action: truncate}`,
	}
	w, _ := settle(t, s)
	server := newPlatform(t, "token: "+token+"\n"+s.seed(true))
	w.endpoint = serve(t, server)
	w.token = token
	loud := []string{"-v", "-v"}
	runs := []struct {
		life life
		args []string
	}{
		{life{}, []string{"plan", "-f", planName, "--out", savedName, "--summary", "plan.md"}},
		{life{}, []string{"plan", "-f", planName, "--json", "--summary", "plan.md"}},
		{life{point: pointAppended, pass: 2}, usual("--summary", "apply.md")},
		{life{}, usual("--json", "--summary", "apply.md")},
		{life{}, usual("--summary", "apply.md")},
		{life{}, []string{"apply", "-f", planName, "--profile", "nobody"}},
	}
	told := 0
	for _, run := range runs {
		d := w.live(t, run.life, append(run.args, loud...)...)
		told += strings.Count(d.err, "/v2/")
		if strings.Contains(d.out+d.err, token) {
			t.Errorf("%q shows the token: %v", run.args, d)
		}
		searchFiles(t, w.dir, token)
	}
	if told == 0 {
		t.Error("no run has shown a request, so that none could have shown the token")
	}
	wrong := w
	wrong.token = token + "x"
	if d := wrong.live(t, life{}, append(usual(), loud...)...); d.code != cli.ExitError || strings.Contains(d.out+d.err, token) {
		t.Errorf("with a token that is not known: %v", d)
	}
}

// searchFiles looks for a text in every file of a directory.
func searchFiles(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) {
			t.Errorf("%s holds the token", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
