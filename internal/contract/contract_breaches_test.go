package contract_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/contract"
)

func TestToken(t *testing.T) {
	s := contract.New(contract.Options{})
	for token, breaches := range map[string]int{"": 1, "other": 0} {
		before := len(s.Breaches())
		got := askWith(t, s, "GET", "/user", nil, http.Header{"X-Sbg-Auth-Token": {token}})
		if got.status != 401 || got.body["code"] != 90001.0 {
			t.Errorf("token %q: status %d, code %v", token, got.status, got.body["code"])
		}
		if n := len(s.Breaches()) - before; n != breaches {
			t.Errorf("token %q: %d breaches, want %d", token, n, breaches)
		}
	}
}

// TestBreaches sends what the contract does not allow, one thing at a time.
func TestBreaches(t *testing.T) {
	many := make([]string, 101)
	items := make([]map[string]any, 101)
	for i := range many {
		many[i] = fmt.Sprint(i)
		items[i] = export(many[i], "lab/bucket", many[i])
	}
	with := func(key string, value any) map[string]any {
		e := export("f", "lab/bucket", "x")
		e[key] = value
		return submit(e)
	}
	at := func(location string) map[string]any { return submit(export("f", "lab/bucket", location)) }
	const create, get = "/bulk/storage/exports/create", "/bulk/storage/exports/get"
	tests := []struct {
		name, method, path string
		body               any
		want               string
	}{
		{"path", "GET", "/nowhere", nil, "no such path"},
		{"method", "DELETE", "/storage/exports/x", nil, "method not allowed"},
		{"parameter", "GET", "/files?project=lab/p&recursive=true", nil, `unknown query parameter "recursive"`},
		{"parameter twice", "GET", "/files?project=lab/p&project=lab/q", nil, "given 2 times"},
		{"limit", "GET", "/files?project=lab/p&limit=101", nil, `limit "101"`},
		{"limit zero", "GET", "/files?project=lab/p&limit=0", nil, `limit "0"`},
		{"offset", "GET", "/files?project=lab/p&offset=-1", nil, `offset "-1"`},
		{"field", "GET", "/files?project=lab/p&fields=id,path", nil, `unknown field "path"`},
		{"both", "GET", "/files?project=lab/p&parent=x", nil, "exactly one"},
		{"neither", "GET", "/files", nil, "exactly one"},
		{"project form", "GET", "/files?project=p", nil, `malformed project "p"`},
		{"escaped slash", "GET", "/storage/volumes/lab%2Fbucket", nil, "escaped slash"},
		{"state", "GET", "/storage/exports?state=DONE", nil, `state "DONE"`},
		{"scroll without access", "GET", "/files/scroll?project=lab/p&token=init", nil, "X-SBG-Advance-Access"},
		{"ids over", "POST", "/bulk/files/get", map[string]any{"file_ids": many}, "101 items"},
		{"ids empty", "POST", "/bulk/files/get", map[string]any{"file_ids": []string{}}, "is empty"},
		{"ids twice", "POST", "/bulk/files/get", map[string]any{"file_ids": []string{"a", "a"}}, `"a" twice`},
		{"ids key", "POST", get, map[string]any{"ids": []string{"a"}}, "has the keys"},
		{"items over", "POST", create, submit(items...), "101 items"},
		{"items empty", "POST", create, submit(), "items is"},
		{"not JSON", "POST", create, "{", "body:"},
		{"two values", "POST", create, `{"items":[1]} 2`, "more than one value"},
		{"copy_only in body", "POST", create, map[string]any{"items": items[:1], "copy_only": true}, "has the keys"},
		{"copy_only value", "POST", create + "?copy_only=yes", submit(items[0]), "copy_only"},
		{"overwrite in query", "POST", create + "?overwrite=true", submit(items[0]), `unknown query parameter "overwrite"`},
		{"item key", "POST", create, with("name", "x"), "has the keys"},
		{"item type", "POST", create, with("overwrite", "no"), "wrong type"},
		{"property", "POST", create, with("properties", map[string]any{"acl": "x"}), "has the keys"},
		{"property null", "POST", create, with("properties", nil), "not an object"},
		{"algorithm", "POST", create, with("properties", map[string]any{"sse_algorithm": "rot13"}), "rot13"},
		{"key without kms", "POST", create, with("properties", map[string]any{"sse_aws_kms_key_id": "k"}), "KMS key"},
		{"leading slash", "POST", create, at("/x"), "empty segment"},
		{"double slash", "POST", create, at("a//x"), "empty segment"},
		{"empty", "POST", create, at(""), "0 bytes"},
		{"long", "POST", create, at(strings.Repeat("x", 1025)), "1025 bytes"},
		{"dots", "POST", create, at("a/../x"), `segment ".."`},
		{"control", "POST", create, at("a\tb"), "control character"},
		{"file twice", "POST", create, submit(export("f", "lab/bucket", "x"), export("f", "lab/bucket", "y")), "file f twice"},
		{"place twice", "POST", create, submit(export("f", "lab/bucket", "x"), export("g", "lab/bucket", "x")), "x on lab/bucket twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := one(contract.Options{})
			ask(t, s, tt.method, tt.path, tt.body)
			if got := s.Breaches(); len(got) != 1 || !strings.Contains(got[0], tt.want) {
				t.Errorf("breaches %q, want one with %q", got, tt.want)
			}
			if n := len(s.Jobs()); n != 0 {
				t.Errorf("%d jobs were started", n)
			}
		})
	}
}

func TestContentTypeOfABody(t *testing.T) {
	s, file := one(contract.Options{})
	body := map[string]any{"file_ids": []string{file}}
	got := askWith(t, s, "POST", "/bulk/files/get", body, http.Header{"X-Sbg-Auth-Token": {contract.Token}})
	if got.status != 415 || len(s.Breaches()) != 1 {
		t.Errorf("status %d, breaches %q", got.status, s.Breaches())
	}
}

func TestNotes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, file := one(contract.Options{})
		ask(t, s, "GET", "/files?project=lab/p", nil)
		id := ask(t, s, "POST", "/storage/exports", export(file, "lab/bucket", "x")).body["id"].(string)
		for range 5 {
			ask(t, s, "GET", "/storage/exports/"+id, nil)
		}
		want := []string{"list files without fields", "job " + id + " is polled singly"}
		if diff := cmp.Diff(want, s.Notes()); diff != "" {
			t.Error(diff)
		}
		s.Check(t)
	})
}
