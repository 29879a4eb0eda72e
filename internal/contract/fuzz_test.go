package contract_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sbexport/internal/contract"
)

// FuzzServe sends anything: the server must answer JSON and never panic.
func FuzzServe(f *testing.F) {
	f.Add("GET", "files", "project=lab/p&limit=100&fields=_all", "")
	f.Add("GET", "files/scroll", "project=lab/p&token=YXQ6MQ==", "")
	f.Add("GET", "storage/volumes/lab/bucket/list", "prefix=d&continuation_token=after.%41", "")
	f.Add("POST", "bulk/files/get", "", `{"file_ids":["a"]}`)
	f.Add("POST", "bulk/storage/exports/create", "copy_only=True",
		`{"items":[{"source":{"file":"FILE"},"destination":{"volume":"lab/bucket","location":"x"},"properties":{"sse_algorithm":null}}]}`)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		s, file := one(contract.Options{})
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(strings.ReplaceAll(body, "FILE", file)))
		r.Method = method
		r.URL = &url.URL{Path: "/v2/" + path, RawQuery: query}
		r.Header.Set("X-SBG-Auth-Token", contract.Token)
		r.Header.Set("X-SBG-Advance-Access", "advance")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("answer %q", w.Body)
		}
		if w.Code >= 400 && w.Code != 401 && w.Code != 403 && w.Code != 404 && w.Code != 409 && len(s.Breaches()) == 0 && !strings.Contains(path, "files") {
			t.Errorf("status %d without a breach: %s", w.Code, w.Body)
		}
	})
}
