package api

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/platform"
)

func say(w http.ResponseWriter, body string) { _, _ = io.WriteString(w, body) }

// What the user can see is listed to its end.
func TestVisible(t *testing.T) {
	t.Parallel()
	s := &server{serve: func(_ int, w http.ResponseWriter, r *http.Request) {
		switch r.URL.RequestURI() {
		case "/v2/projects?fields=id%2Cname%2Ctags%2Croot_folder%2Csettings&limit=100":
			say(w, `{"items":[{"id":"a/b","settings":{"location":"aws:us-east-1"}}],"links":[{"rel":"next","href":"`+endpoint+`/projects?offset=1"}]}`)
		case "/v2/projects?offset=1&fields=id%2Cname%2Ctags%2Croot_folder%2Csettings&limit=100":
			say(w, `{"items":[{"id":"a/c","tags":["done"]}],"links":[]}`)
		case "/v2/storage/volumes?fields=_all&limit=100":
			say(w, `{"items":[{"id":"a/v","access_mode":"ro","active":false}],"links":[]}`)
		}
	}}
	c := newClient(t, s, nil)
	projects, broken, err := c.Projects(t.Context())
	if diff := cmp.Diff([]platform.Project{{ID: "a/b", Location: "aws:us-east-1"}, {ID: "a/c", Tags: []string{"done"}}}, projects); diff != "" || err != nil || broken != 0 {
		t.Error(broken, err, diff)
	}
	volumes, err := c.Volumes(t.Context())
	if diff := cmp.Diff([]platform.Volume{{ID: "a/v", AccessMode: "RO", Inactive: true}}, volumes); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// Projects at which the platform fails are stepped around, on every page and on
// pages that are shorter than was asked for.
func TestProjectsAreListedAroundBrokenOnes(t *testing.T) {
	t.Parallel()
	for _, most := range []int{100, 30} {
		synctest.Test(t, func(t *testing.T) {
			s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v2/user" {
					say(w, `{"username":"me"}`)
					return
				}
				offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
				limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
				var items []string
				for i := offset; i < min(offset+min(limit, most), 250); i++ {
					if i == 0 || i == 137 || i == 249 {
						reply(w, http.StatusInternalServerError, `{"status":500,"code":90004}`)
						return
					}
					items = append(items, fmt.Sprintf(`{"id":"lab/p%03d"}`, i))
				}
				w.Header().Set("X-Total-Matching-Query", "250")
				say(w, `{"items":[`+strings.Join(items, ",")+`],"links":[]}`)
			})
			all, broken, err := newClient(t, s, nil).Projects(t.Context())
			if len(all) != 247 || broken != 3 || err != nil {
				t.Errorf("%d projects, %d broken, %v", len(all), broken, err)
			}
			if len(s.requests) > 170 {
				t.Errorf("%d requests", len(s.requests))
			}
		})
	}
}

// A project whose files cannot be listed while others can is broken, and no outage.
func TestBrokenProject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("project") == "lab/broken" {
				reply(w, http.StatusInternalServerError, `{"status":500,"code":90004}`)
				return
			}
			say(w, `{"items":[],"links":[]}`)
		})
		c := newClient(t, s, nil)
		none := func([]platform.File) error { return nil }
		if err := c.Folder(t.Context(), "lab/good", "", none); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := c.Folder(t.Context(), "lab/broken", "", none); !platform.Refusal(err).Broken() || time.Since(began) > 3*time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// The tree of a volume is read level by level, every page of each, and prefixes
// that lead nowhere new are not followed.
func TestObjectTree(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"":        `{"items":[{"location":"top"}],"prefixes":[{"prefix":"a"},{"prefix":"b/"},{"prefix":"/"},null],"links":[]}`,
		"a/":      `{"items":[{"location":"a/1","metadata":{"size":7}}],"prefixes":[{"prefix":"a/deep"}],"links":[{"next":"` + endpoint + `/storage/volumes/o/v/list?prefix=a%2F&continuation_token=x"}]}`,
		"a/ x":    `{"items":[{"location":"a/2"}],"prefixes":[{"prefix":"a/deep"},{"prefix":"a"},{"prefix":"b"}]}`,
		"a/deep/": `{"items":[{"location":"a/deep/3"},{"location":""}]}`,
		"b/":      `{"items":[],"prefixes":[]}`,
	}
	s := &server{serve: func(_ int, w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		say(w, answers[strings.TrimSpace(q.Get("prefix")+" "+q.Get("continuation_token"))])
	}}
	var found []string
	err := newClient(t, s, nil).ObjectTree(t.Context(), "o/v", func(objects []platform.Object) error {
		for _, o := range objects {
			found = append(found, fmt.Sprintf("%s:%d", o.Location, o.Size))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	if diff := cmp.Diff([]string{"a/1:7", "a/2:-1", "a/deep/3:-1", "top:-1"}, found); diff != "" {
		t.Error(diff)
	}
	if s.count() != 5 {
		t.Errorf("%d requests: %v", s.count(), s.requests)
	}
}

// A volume's pages are found by their links only: a full one without a link is
// the last.
func TestObjectsByLinks(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range pageSize {
		items = append(items, fmt.Sprintf(`{"location":"%d"}`, i))
	}
	c, s := answering(t, 200, `{"items":[`+strings.Join(items, ",")+`],"links":[]}`)
	found := 0
	err := c.Objects(t.Context(), "o/v", "", func(objects []platform.Object) error {
		found += len(objects)
		return nil
	})
	if err != nil || found != pageSize || s.count() != 1 {
		t.Errorf("%d objects, error %v after %d requests", found, err, s.count())
	}
}

// Pages of "directories" alone bring something new as well, and the same ones
// again and again do not.
func TestObjectsBehindManyDirectories(t *testing.T) {
	t.Parallel()
	const pages = maxBarren + 10
	for _, moving := range []bool{true, false} {
		s := &server{serve: func(_ int, w http.ResponseWriter, r *http.Request) {
			n, _ := strconv.Atoi(r.URL.Query().Get("continuation_token"))
			if n == pages {
				say(w, `{"items":[{"location":"last"}]}`)
				return
			}
			directory := "same/"
			if moving {
				directory = fmt.Sprintf("d%d/", n)
			}
			say(w, fmt.Sprintf(`{"items":[],"prefixes":[{"prefix":%q}],"links":[{"next":"%s/storage/volumes/o/v/list?continuation_token=%d"}]}`,
				directory, endpoint, n+1))
		}}
		found := 0
		err := newClient(t, s, nil).Objects(t.Context(), "o/v", "", func(objects []platform.Object) error {
			found += len(objects)
			return nil
		})
		if moving != (err == nil && found == 1) {
			t.Errorf("moving on: %t; %d objects, error %v", moving, found, err)
		}
	}
}
