package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/api"
	"sbexport/internal/credentials"
	"sbexport/internal/doctor"
	platforms "sbexport/internal/platform"
	"sbexport/internal/simulator"
)

const seed = `
user: secretuser
projects:
  - id: secretuser/secretproject
    files:
      - {path: a.bai, id: 64a1f0c2e4b0a1b2c3d40002, created_on: 30d ago}
      - {path: a.bam, id: 64a1f0c2e4b0a1b2c3d40001, secondary_files: [a.bai], created_on: 30d ago}
      - {path: c.txt, id: 64a1f0c2e4b0a1b2c3d40003, tags: [secrettag], metadata: {k: secretvalue}, created_on: 30d ago}
      - {path: d.txt, id: 64a1f0c2e4b0a1b2c3d40004, created_on: 30d ago}
      - {path: e.txt, id: 64a1f0c2e4b0a1b2c3d40005, created_on: 30d ago}
      - {path: f.txt, id: 64a1f0c2e4b0a1b2c3d40006, created_on: 30d ago}
      - {path: secretfolder/g.txt, created_on: 30d ago}
      - {path: secretfolder/h.txt, created_on: 30d ago}
    apps: [{id: secretapp}]
    tasks:
      - {name: secrettask, app: secretapp, ended_on: 20d ago, outputs: {secretport: a.bam}}
      - name: secretbatch
        app: secretapp
        batch_input: secretinput
        batch_by: [metadata.k]
        ended_on: 19d ago
        children:
          - {count: 2, name: "S{n}", group: {metadata.k: "S{n}"}, outputs: {secretport: c.txt}}
volumes:
  - id: secretuser/secretvolume
    bucket: secretbucket
    prefix: secretprefix
    objects: [old.txt, secretdir/x]
failures: [{path: e.txt, error: 9100}]
behavior:
  jobs: {pending: 1s, duration: 1s}
`

// hidden are the names of the seed that no bug report may tell.
var hidden = []string{"secret", "a.bam", "64a1f0c2"}

// platform is a simulator with a client, on which some files were exported.
type platform struct {
	*api.Client
	server *simulator.Server
}

func newPlatform(t *testing.T, text string) *platform {
	t.Helper()
	parsed, err := simulator.ParseSeed("seed", []byte(text), "")
	if err != nil {
		t.Fatal(err)
	}
	server, err := simulator.New(parsed)
	if err != nil {
		t.Fatal(err)
	}
	who, err := credentials.New("http://127.0.0.1/v2", server.Token(), "a test")
	if err != nil {
		t.Fatal(err)
	}
	client, err := api.New(api.Options{Credentials: who, Transport: server.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return &platform{client, server}
}

// export exports a file and waits until its job has ended.
func (p *platform) export(t *testing.T, file, location string) {
	t.Helper()
	item := map[string]any{
		"source":      map[string]any{"file": file},
		"destination": map[string]any{"volume": "secretuser/secretvolume", "location": location},
	}
	status, _, raw, err := p.Ask(t.Context(), "/bulk/storage/exports/create", nil, map[string]any{"items": []any{item}})
	if err != nil || status/100 != 2 || !strings.Contains(string(raw), "state") {
		t.Fatalf("exporting: %d %s %v", status, raw, err)
	}
	time.Sleep(5 * time.Second)
}

func exported(t *testing.T, quirk string) *platform {
	t.Helper()
	text := seed
	if quirk != "" {
		text += "quirks: {" + quirk + ": true}\n"
	}
	if quirk == "bare_prefix" { // objects tell their whole names at Google only
		text = strings.Replace(text, "bucket:", "type: gcs\n    bucket:", 1)
		text = strings.Replace(text, "    files:", "    location: google:us-west1\n    files:", 1)
	}
	p := newPlatform(t, text)
	p.export(t, "64a1f0c2e4b0a1b2c3d40004", "secretdir/d.txt")
	p.export(t, "64a1f0c2e4b0a1b2c3d40005", "secretdir/e.txt")
	p.export(t, "64a1f0c2e4b0a1b2c3d40006", "secretdir/f.txt")
	return p
}

var patient = doctor.Patient{
	Endpoint: "https://secret.example", Projects: []string{"secretuser/secretproject"}, Volumes: []string{"secretuser/secretvolume"},
}

// byWriting are the quirks that no reading tells.
var byWriting = []string{"copy_only_needs_advance", "submission_answers_201"}

func TestEveryQuirkIsNamed(t *testing.T) {
	for _, quirk := range append([]string{""}, simulator.Quirks()...) {
		t.Run(quirk, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := exported(t, quirk)
				before := len(p.server.Requests())
				report := doctor.Examine(t.Context(), p, patient)
				var want []string
				if quirk != "" && !slices.Contains(byWriting, quirk) {
					want = []string{quirk}
				}
				if got := report.Quirks(); !slices.Equal(got, want) {
					t.Errorf("quirks %q, want %q", got, want)
				}
				if report.Failed() {
					t.Errorf("a healthy account failed: %v", report.Health)
				}
				sent := p.server.Requests()[before:]
				if len(sent) > doctor.MaxRequests || len(sent) != report.Requests {
					t.Errorf("%d requests, and %d said", len(sent), report.Requests)
				}
				for _, r := range sent {
					if r.Method != http.MethodGet && r.Path != "/bulk/files/get" && r.Path != "/bulk/tasks/get" {
						t.Errorf("%s %s writes", r.Method, r.Path)
					}
				}
			})
		})
	}
}

func TestAnonymousTextsHaveNoNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, report := range []*doctor.Report{
			doctor.Examine(t.Context(), exported(t, ""), patient),
			doctor.Examine(t.Context(), newPlatform(t, seed), doctor.Patient{
				Endpoint: "https://secret.example", Projects: []string{"secretuser/none"}, Volumes: []string{"secretuser/none"},
			}),
			doctor.Examine(t.Context(), failing{errors.New("dial secret.example")}, patient),
		} {
			var all strings.Builder
			for _, l := range report.Health {
				fmt.Fprintln(&all, l.Detail.Anonymous(), l.Remedy.Anonymous(), l.Of.Anonymous())
			}
			for _, f := range report.Facts {
				fmt.Fprintln(&all, f.Found.Anonymous())
			}
			for _, name := range hidden {
				if strings.Contains(all.String(), name) {
					t.Errorf("%q is told:\n%s", name, all.String())
				}
			}
		}
	})
}

func TestTwoQuirksTellOnEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		report := doctor.Examine(t.Context(), exported(t, "alias_location_is_key: true, bare_prefix"), patient)
		if got := report.Quirks(); !slices.Equal(got, []string{"alias_location_is_key", "bare_prefix"}) {
			t.Errorf("quirks %q", got)
		}
	})
}

type failing struct{ err error }

func (f failing) Ask(context.Context, string, url.Values, any) (int, http.Header, []byte, error) {
	return 0, nil, nil, f.err
}

// changed answers as a platform does, but for what change does to it.
type changed struct {
	doctor.Asker
	change func(path string, status int, header http.Header, raw []byte) (int, []byte)
}

func (c changed) Ask(ctx context.Context, path string, query url.Values, body any) (int, http.Header, []byte, error) {
	status, header, raw, err := c.Asker.Ask(ctx, path, query, body)
	if err != nil {
		return 0, nil, nil, err
	}
	status, raw = c.change(path, status, header, raw)
	return status, header, raw, nil
}

func TestHealth(t *testing.T) {
	keep := func(_ string, status int, _ http.Header, raw []byte) (int, []byte) { return status, raw }
	tests := map[string]struct {
		seed    func(string) string
		change  func(path string, status int, header http.Header, raw []byte) (int, []byte)
		patient func(*doctor.Patient)
		line    string // the one that is not ok
		status  doctor.Status
		says    string // in its detail and remedy
	}{
		"wrong token": {
			change: func(path string, status int, _ http.Header, raw []byte) (int, []byte) {
				if path == "" {
					return status, raw
				}
				return 401, []byte(`{"status":401,"code":90001,"message":"Unauthorized."}`)
			},
			line: "token", status: doctor.Failure, says: "new authentication token",
		},
		"wrong host": {
			change: func(_ string, _ int, header http.Header, _ []byte) (int, []byte) {
				header.Set("Content-Type", "text/html")
				return 404, []byte("<html>not here</html>")
			},
			line: "host", status: doctor.Failure, says: "check the address of the API",
		},
		"clock two hours off": {
			change: func(_ string, status int, header http.Header, raw []byte) (int, []byte) {
				header.Set("Date", time.Now().Add(2*time.Hour).UTC().Format(http.TimeFormat))
				return status, raw
			},
			line: "clock", status: doctor.Failure, says: "2h0m0s behind the platform's set this machine's clock",
		},
		"read-only volume": {
			seed: func(s string) string { return strings.Replace(s, "bucket:", "access_mode: RO\n    bucket:", 1) },
			line: "volume", status: doctor.Failure, says: "access mode to RW",
		},
		"inactive volume": {
			seed: func(s string) string { return strings.Replace(s, "bucket:", "active: false\n    bucket:", 1) },
			line: "volume", status: doctor.Failure, says: "activate",
		},
		"no write permission on the volume": {
			seed: func(s string) string {
				return strings.Replace(s, "bucket:", "members: {secretuser: [read, copy]}\n    bucket:", 1)
			},
			line: "volume", status: doctor.Failure, says: "write permission",
		},
		"another cloud": {
			seed: func(s string) string { return strings.Replace(s, "bucket:", "type: gcs\n    bucket:", 1) },
			line: "volume", status: doctor.Failure, says: "choose a volume at aws",
		},
		"missing project": {
			patient: func(p *doctor.Patient) { p.Projects = []string{"secretuser/none"} },
			line:    "project", status: doctor.Failure, says: "check the project's ID",
		},
		"missing volume": {
			patient: func(p *doctor.Patient) { p.Volumes = []string{"secretuser/none"} },
			line:    "volume", status: doctor.Failure, says: "check the volume's ID",
		},
		"no right to write in the project": {
			seed: func(s string) string {
				return strings.Replace(s, "    files:", "    permissions: {write: false}\n    files:", 1)
			},
			line: "project", status: doctor.Warning, says: "no permission to write",
		},
		"spent budget": {
			change: func(path string, status int, header http.Header, raw []byte) (int, []byte) {
				if path == "/rate_limit" {
					raw = fmt.Appendf(nil, `{"rate":{"limit":1000,"remaining":3,"reset":%d}}`, time.Now().Add(time.Minute).Unix())
				}
				return status, raw
			},
			line: "budget", status: doctor.Warning, says: "3 of 1000 requests left, until the limit is reset in 1m0s wait",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				text := seed
				if tt.seed != nil {
					text = tt.seed(text)
				}
				who := patient
				if tt.patient != nil {
					tt.patient(&who)
				}
				if tt.change == nil {
					tt.change = keep
				}
				report := doctor.Examine(t.Context(), changed{newPlatform(t, text), tt.change}, who)
				for _, l := range report.Health {
					if l.Name != tt.line {
						if l.Status == doctor.Failure && tt.line != "token" && tt.line != "host" {
							t.Errorf("%s failed as well: %s", l.Name, l.Detail)
						}
						continue
					}
					if said := l.Detail.String() + " " + l.Remedy.String(); l.Status != tt.status || !strings.Contains(said, tt.says) {
						t.Errorf("%s: %s: %s", l.Name, l.Status, said)
					}
				}
				if report.Failed() != (tt.status == doctor.Failure) {
					t.Errorf("failed is %v", report.Failed())
				}
			})
		})
	}
}

// What the client does not cope with is said so, and nothing else is.
func TestCopes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		astray := func(_ string, status int, _ http.Header, raw []byte) (int, []byte) {
			return status, []byte(strings.ReplaceAll(string(raw), "/v2/files?", "/elsewhere?"))
		}
		for _, f := range doctor.Examine(t.Context(), changed{exported(t, ""), astray}, patient).Facts {
			if f.Copes != (f.ID != "13.1-host") {
				t.Errorf("%s: copes is %v", f.ID, f.Copes)
			}
		}
	})
}

// Projects that only patterns name are found with one request.
func TestWantedProjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := strings.Replace(seed, "projects:", "projects:\n  - {id: secretuser/another}\n  - {id: secretuser/tagged, tags: [final]}", 1)
		who := patient
		who.Projects, who.Wanted = nil, func(p *platforms.Project) bool { return slices.Contains(p.Tags, "final") }
		var looked []string
		for _, l := range doctor.Examine(t.Context(), newPlatform(t, text), who).Health {
			if l.Name == "project" {
				looked = append(looked, l.Of.String())
			}
		}
		if !slices.Equal(looked, []string{"secretuser/tagged"}) {
			t.Errorf("looked at %q", looked)
		}
	})
}
