package simulator

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// host is what the tests' requests are sent to.
const host = "https://api.example.org/v2"

// client talks to a simulated platform as a program would: with requests.
type client struct {
	t      *testing.T
	s      *Server
	token  string
	header http.Header
	via    http.RoundTripper // a network; nil for none
}

// over is the client on a network.
func (c *client) over(via http.RoundTripper) *client {
	c.via = via
	return c
}

// reply is an answer, decoded.
type reply struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// start makes a platform from a seed without indentation worries: tabs at the
// beginning of lines are cut off.
func start(t *testing.T, seed string, opts ...Option) *client {
	t.Helper()
	parsed, err := ParseSeed("seed.yaml", []byte(outdent(seed)), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(parsed, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, s: s, token: "simulator"}
}

func outdent(text string) string { return strings.ReplaceAll(text, "\t", "") }

// try sends a request; the error is that of the transport.
func (c *client) try(method, target string, body any) (*reply, error) {
	c.t.Helper()
	var content io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	if !strings.HasPrefix(target, "http") {
		target = host + target
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, target, content)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		r.Header.Set("X-SBG-Auth-Token", c.token)
	}
	for key, values := range c.header {
		r.Header[key] = values
	}
	via := c.via
	if via == nil {
		via = c.s.Transport()
	}
	response, err := via.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	answer := &reply{status: response.StatusCode, header: response.Header, text: string(text)}
	_ = json.Unmarshal(text, &answer.body) // some answers are no JSON on purpose
	return answer, nil
}

// do sends a request that must be answered with a status.
func (c *client) do(status int, method, target string, body any) *reply {
	c.t.Helper()
	answer, err := c.try(method, target, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, target, err)
	}
	if answer.status != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, target, answer.status, status, answer.text)
	}
	return answer
}

func (c *client) get(target string) *reply { c.t.Helper(); return c.do(200, "GET", target, nil) }

// at finds a value inside decoded JSON by keys and indexes.
func at(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// items are the items of a list or bulk answer.
func (r *reply) items() []any {
	items, _ := r.body["items"].([]any)
	return items
}

// equalJSON compares an answer with JSON as documents show it.
func equalJSON(t *testing.T, got any, want string) {
	t.Helper()
	var wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("not as documented (-want +got):\n%s", diff)
	}
}

// export is the item of a submission.
func export(file, location string, overwrite bool) map[string]any {
	return map[string]any{
		"source":      map[string]any{"file": file},
		"destination": map[string]any{"volume": "me/vol", "location": location},
		"overwrite":   overwrite, "properties": map[string]any{},
	}
}

// bulk is the body of a bulk submission.
func bulk(items ...map[string]any) map[string]any { return map[string]any{"items": items} }

// submit sends one export, which must be taken, and gives the job's ID.
func (c *client) submit(query string, item map[string]any) string {
	c.t.Helper()
	answer := c.do(200, "POST", "/storage/exports"+query, item)
	id, _ := answer.body["id"].(string)
	return id
}

// job is a job as the platform tells it.
func (c *client) job(id string) map[string]any {
	c.t.Helper()
	return c.get("/storage/exports/" + id).body
}

// storage is where the platform says a file is.
func (c *client) storage(id string) any {
	c.t.Helper()
	return c.get("/files/" + id).body["storage"]
}

func (c *client) noViolations() {
	c.t.Helper()
	if v := c.s.Violations(); len(v) > 0 {
		c.t.Errorf("violations: %q", v)
	}
}

const (
	fileA = "64a1f0c2e4b0a1b2c3d4e5f6"
	fileB = "64a1f0c2e4b0a1b2c3d4e5f7"
	fileC = "64a1f0c2e4b0a1b2c3d4e5f8"
)

// small is a platform with three files and a volume.
const small = `
	user: me
	projects:
	- id: me/proj
	  name: API testing
	  files:
	  - {path: sample1.bam, id: ` + fileA + `, size: 7 GB, metadata: {sample_id: S1}, tags: [final], task: t-1}
	  - {path: sample2.bam, id: ` + fileB + `, size: 100}
	  - {path: deep/er/sample3.bam, id: ` + fileC + `, size: 100}
	volumes:
	- id: me/vol
	  prefix: cohort
	  bucket: bucket-name
`

// wait lets virtual time pass.
func wait(d time.Duration) { time.Sleep(d) }
