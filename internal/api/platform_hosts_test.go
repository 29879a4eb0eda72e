package api_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"sbexport/internal/api"
	"sbexport/internal/platform"
)

// The platform points elsewhere in every way there is: the token stays.
func TestClientKeepsTheTokenToItsHost(t *testing.T) {
	var reached atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		if r.Header.Get("X-SBG-Auth-Token") != "" {
			t.Errorf("the token came in %s %s", r.Method, r.URL)
		}
		_, _ = w.Write([]byte(`{"items":[],"links":[]}`))
	}))
	defer thief.Close()
	// Status 0 has all links of an answer lead to the thief.
	for _, status := range []int{0, 302, 307, 308} {
		t.Run(fmt.Sprint("redirect ", status), func(t *testing.T) {
			objects := []string{}
			for n := range 300 {
				objects = append(objects, fmt.Sprint(n))
			}
			s := started(t, nil, object{
				"projects": []object{{"id": "lab/p", "generate": []object{{"count": 300, "path": "{n}"}}}},
				"volumes":  []object{{"id": good, "objects": objects}},
			}, nil)
			exportAll(t, connect(t, s, api.Options{}), s, good, 300)
			c := connectTo(t, answers(t, s, func(r *http.Request, a *httptest.ResponseRecorder) {
				if status > 0 {
					a.Code = status
					a.Header().Set("Location", thief.URL+r.URL.Path)
				}
				text := bytes.ReplaceAll(a.Body.Bytes(), []byte("http://"+r.Host), []byte(thief.URL))
				a.Body = bytes.NewBuffer(text)
			}), nil, api.Options{})
			errs := calls(t, c)
			if status > 0 {
				for i, err := range errs {
					if err == nil {
						t.Errorf("call %d: no error", i)
					}
				}
				// A redirect answers a submission that nobody knows the end of.
				if last := errs[len(errs)-1]; !errors.Is(last, platform.ErrOutcomeUnknown) {
					t.Errorf("submission: %v", last)
				}
			}
			if reached.Load() != 0 {
				t.Error("the other host was asked")
			}
		})
	}
}

// calls makes a call of each kind, a submission last.
func calls(t *testing.T, c *api.Client) []error {
	t.Helper()
	ctx := t.Context()
	files := c.Folder(ctx, "lab/p", "", func([]platform.File) error { return nil })
	objects := c.Objects(ctx, good, "", func([]platform.Object) error { return nil })
	_, jobs := c.VolumeJobs(ctx, good)
	_, volume := c.Volume(ctx, good)
	_, submission := c.Submit(ctx, ctx, false, []platform.ExportRequest{{File: "0123", Volume: good, Location: "x"}})
	return []error{files, objects, jobs, volume, submission}
}
