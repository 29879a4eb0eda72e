package contract_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"sbexport/internal/api"
	"sbexport/internal/contract"
	"sbexport/internal/platform"
)

// TestTheTokenStaysWithItsHost has the platform point elsewhere in every way
// there is.
func TestTheTokenStaysWithItsHost(t *testing.T) {
	var reached atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		if r.Header.Get("X-SBG-Auth-Token") != "" {
			t.Errorf("the token came in %s %s", r.Method, r.URL)
		}
		_, _ = w.Write([]byte(`{"items":[],"links":[]}`))
	}))
	defer thief.Close()
	links := func(kind contract.Kind) func(contract.Request, *contract.Answer) {
		return func(r contract.Request, a *contract.Answer) {
			if i := bytes.Index(a.Body, []byte("http://127.0.0.1")); r.Kind == kind && i >= 0 {
				own := string(a.Body[i : i+bytes.IndexByte(a.Body[i+7:], '/')+7])
				a.Body = bytes.ReplaceAll(a.Body, []byte(own), []byte(thief.URL))
			}
		}
	}
	redirect := func(status int) func(contract.Request, *contract.Answer) {
		return func(r contract.Request, a *contract.Answer) {
			a.Status, a.Body = status, nil
			a.Header.Set("Location", thief.URL+"/v2"+r.Path)
		}
	}
	tests := map[string]func(contract.Request, *contract.Answer){
		"links of files":   links(contract.ListFiles),
		"links of objects": links(contract.ListObjects),
		"links of jobs":    links(contract.ListExports),
		"redirect 302":     redirect(302),
		"redirect 307":     redirect(307),
		"redirect 308":     redirect(308),
	}
	for name, rewrite := range tests {
		t.Run(name, func(t *testing.T) {
			c := contract.NewContents()
			c.Project("lab/p", "")
			c.Volume(contract.Volume{ID: "lab/bucket"})
			for i := range 30 {
				c.File("lab/p", strings.Repeat("x", i+1), contract.File{})
				c.Object("lab/bucket", strings.Repeat("x", i+1), 1)
			}
			s := contract.New(contract.Options{Contents: c, PageCap: 10, Tame: contract.LateJobs, Rewrite: rewrite})
			mine := connectTo(t, s.Serve(t), nil, api.Options{Retries: 1})
			ctx := t.Context()
			files := func([]platform.File) error { return nil }
			objects := func([]platform.Object) error { return nil }
			errs := []error{
				mine.Folder(ctx, "lab/p", "", files),
				mine.Objects(ctx, "lab/bucket", "", objects),
			}
			_, err := mine.Volume(ctx, "lab/bucket")
			errs = append(errs, err)
			_, err = mine.Submit(ctx, ctx, false, []platform.ExportRequest{{File: "0123", Volume: "lab/bucket", Location: "x"}})
			errs = append(errs, err)
			if strings.HasPrefix(name, "redirect") {
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
