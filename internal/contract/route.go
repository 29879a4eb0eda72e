package contract

import (
	"net/http"
	"slices"
	"strings"
)

// route is one documented call.
type route struct {
	method  string
	pattern string // segments; "*" is any one
	kind    Kind
	query   []string // known parameters; a trailing "." is a family
	serve   func(*call)
}

var (
	listQuery = []string{"limit", "offset", "fields"}
	fileQuery = []string{"limit", "offset", "fields", "name", "tag", "metadata.", "origin.task"}
	oneQuery  = []string{"fields"}
)

// routes returns the documented calls. Where a fixed segment and a "*" both
// match, the earlier route wins.
func routes() []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{get, "", Root, nil, serveRoot},
		{get, "rate_limit", RateLimit, nil, serveRateLimit},
		{get, "user", User, nil, serveUser},
		{get, "projects", ListProjects, append([]string{"name", "tags", "category"}, listQuery...), serveProjects},
		{get, "projects/*", ListProjects, append([]string{"name", "tags", "category"}, listQuery...), serveProjects},
		{get, "projects/*/*", GetProject, oneQuery, serveProject},
		{get, "projects/*/*/files", ListFiles, fileQuery, serveProjectFiles},
		{get, "files", ListFiles, append([]string{"project", "parent"}, fileQuery...), serveFiles},
		{get, "files/scroll", ScrollFiles, []string{"project", "parent", "token", "limit", "fields"}, serveScroll},
		{get, "files/*", GetFile, oneQuery, serveFile},
		{get, "files/*/list", ListFiles, listQuery, serveFolder},
		{get, "files/*/scroll", ScrollFiles, []string{"token", "limit", "fields"}, serveFolderScroll},
		{post, "bulk/files/get", BulkFiles, nil, serveBulkFiles},
		{get, "storage/volumes", ListVolumes, listQuery, serveVolumes},
		{get, "storage/volumes/*/*", GetVolume, oneQuery, serveVolume},
		{get, "storage/volumes/*/*/list", ListObjects, []string{"prefix", "limit", "continuation_token", "fields"}, serveObjects},
		{get, "storage/volumes/*/*/object", GetObject, []string{"location", "fields"}, serveObject},
		{get, "storage/exports", ListExports, append([]string{"volume", "state"}, listQuery...), serveExports},
		{post, "storage/exports", SubmitOne, []string{"copy_only"}, serveSubmitOne},
		{get, "storage/exports/*", GetExport, oneQuery, serveExport},
		{post, "bulk/storage/exports/create", SubmitBulk, []string{"copy_only"}, serveSubmitBulk},
		{post, "bulk/storage/exports/get", BulkExports, nil, serveBulkExports},
	}
}

// table is routes, made once; it never changes.
var table = routes()

// match finds the route of a request, and the segments that its stars stand
// for. The last result tells whether the path is known with some method.
func match(r *http.Request) (found *route, args []string, pathKnown bool) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/v2")
	if !ok || rest != "" && rest[0] != '/' {
		return nil, nil, false
	}
	path := strings.Split(strings.TrimPrefix(rest, "/"), "/")
	for i := range table {
		stars, ok := table[i].matches(path)
		if !ok {
			continue
		}
		pathKnown = true
		if table[i].method == r.Method {
			return &table[i], stars, true
		}
	}
	return nil, nil, pathKnown
}

func (r *route) matches(path []string) (stars []string, ok bool) {
	pattern := strings.Split(r.pattern, "/")
	if len(pattern) != len(path) {
		return nil, false
	}
	for i, p := range pattern {
		switch {
		case p == "*" && path[i] != "":
			stars = append(stars, path[i])
		case p != path[i]:
			return nil, false
		}
	}
	return stars, true
}

// knows reports whether the call has a query parameter of this name.
func (r *route) knows(name string) bool {
	return slices.ContainsFunc(r.query, func(q string) bool {
		return q == name || strings.HasSuffix(q, ".") && strings.HasPrefix(name, q)
	})
}
