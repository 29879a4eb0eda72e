package simulator

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// route is one call of the API.
type route struct {
	method  string
	pattern []string // segments below /v2; "*" stands for any
	query   []string // the parameters it takes; "metadata.*" for all that begin so
	open    bool     // needs no token
	free    bool     // does not count against the rate limit
	handle  func(*call) (*answer, *failure)
}

// maxURL is how long a URL may be; an official client refuses longer ones.
const maxURL = 6000

// repeatable are the parameters that may be given several times.
var repeatable = []string{"id", "q", "name", "tag", "tags", "state", "origin.task", "origin.dataset"}

// routes are the calls this platform knows. More specific ones come first.
var routes = []*route{
	get("/", (*call).endpoints).forEverybody(),
	get("/rate_limit", func(c *call) (*answer, *failure) { return c.rateLimit(), nil }).notCounted(),
	get("/user", (*call).whoAmI, "fields"),
	get("/users/*", (*call).whoAmI, "fields"),
	get("/projects", (*call).listProjects, "name", "tags", "category", "limit", "offset", "fields"),
	get("/projects/*", (*call).listProjects, "name", "tags", "category", "limit", "offset", "fields"),
	get("/projects/*/*", (*call).getProject, "fields"),
	get("/projects/*/*/files", (*call).listProjectFiles, fileFilters...),
	get("/projects/*/*/members", (*call).projectMembers, "limit", "offset", "fields"),
	get("/projects/*/*/members/*", (*call).projectMembers, "fields"),
	get("/billing/groups/*/breakdown/storage", (*call).breakdown, "date_from", "date_to", "invoice_id", "limit", "offset", "fields"),
	get("/files", (*call).listFiles, append([]string{"project", "parent", "dataset"}, fileFilters...)...),
	get("/files/scroll", (*call).scrollProject, append([]string{"project", "parent", "dataset", "token"}, fileFilters...)...),
	get("/files/*", (*call).getFile, "fields"),
	sends(http.MethodPatch, "/files/*", (*call).editFile, "fields"),
	sends(http.MethodDelete, "/files/*", (*call).deleteFile),
	get("/files/*/list", (*call).listFolder, fileFilters...),
	get("/files/*/scroll", (*call).scrollFolder, append([]string{"token"}, fileFilters...)...),
	post("/files", (*call).createFolder, "fields"),
	post("/files/*/actions/copy", (*call).copyFile, "fields"),
	post("/files/*/actions/move", (*call).moveFile, "fields"),
	get("/files/*/metadata", (*call).getMetadata),
	sends(http.MethodPut, "/files/*/metadata", (*call).putMetadata),
	sends(http.MethodPatch, "/files/*/metadata", (*call).putMetadata),
	sends(http.MethodPut, "/files/*/tags", (*call).putTags),
	post("/action/files/copy", (*call).copyFiles),
	post("/bulk/files/get", (*call).bulkFiles),
	post("/bulk/files/edit", (*call).bulkEdit),
	post("/bulk/files/update", (*call).bulkUpdate),
	post("/bulk/files/delete", (*call).bulkDelete),
	get("/apps", (*call).listApps, "project", "project_owner", "visibility", "q", "id", "limit", "offset", "fields"),
	get("/apps/*/*/*", (*call).getApp, "fields"),
	get("/apps/*/*/*/raw", (*call).getRaw),
	get("/apps/*/*/*/*", (*call).getApp, "fields"),
	get("/apps/*/*/*/*/raw", (*call).getRaw),
	get("/tasks", (*call).listTasks, taskFilters...),
	get("/projects/*/*/tasks", (*call).listTasks, taskFilters...),
	get("/tasks/*", (*call).getTask, "fields"),
	get("/tasks/*/inputs", (*call).getInputs, "fields"),
	post("/bulk/tasks/get", (*call).bulkTasks),
	get("/storage/volumes", (*call).listVolumes, "limit", "offset", "fields"),
	get("/storage/volumes/*/*", (*call).getVolume, "fields"),
	get("/storage/volumes/*/*/list", (*call).listObjects, "prefix", "limit", "continuation_token", "fields"),
	get("/storage/volumes/*/*/object", (*call).getObject, "location", "fields"),
	get("/storage/volumes/*/*/members", (*call).volumeMembers, "limit", "offset", "fields"),
	get("/storage/volumes/*/*/members/*", (*call).volumeMembers, "fields"),
	get("/storage/exports", (*call).listExports, "volume", "state", "limit", "offset", "fields"),
	post("/storage/exports", (*call).createExport, "copy_only"),
	get("/storage/exports/*", (*call).getExport, "fields"),
	get("/storage/imports", (*call).listImports, "project", "volume", "state", "limit", "offset", "fields"),
	post("/storage/imports", (*call).createImport),
	get("/storage/imports/*", (*call).getImport, "fields"),
	post("/bulk/storage/imports/create", (*call).createImports),
	post("/bulk/storage/imports/get", (*call).bulkImports),
	post("/bulk/storage/exports/create", (*call).createExports, "copy_only"),
	post("/bulk/storage/exports/get", (*call).bulkExports),
}

// fileFilters are the parameters of the calls that list files.
var fileFilters = []string{"name", "metadata.*", "origin.task", "origin.dataset", "tag", "limit", "offset", "fields"}

func get(pattern string, handle func(*call) (*answer, *failure), query ...string) *route {
	return &route{method: http.MethodGet, pattern: segments(pattern), handle: handle, query: query}
}

func post(pattern string, handle func(*call) (*answer, *failure), query ...string) *route {
	return sends(http.MethodPost, pattern, handle, query...)
}

func sends(method, pattern string, handle func(*call) (*answer, *failure), query ...string) *route {
	return &route{method: method, pattern: segments(pattern), handle: handle, query: query}
}

func (r *route) forEverybody() *route { r.open = true; return r.notCounted() }
func (r *route) notCounted() *route   { r.free = true; return r }

// segments are the parts of a path between slashes; a slash at the end is
// ignored.
func segments(path string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
}

// findRoute is the call that a request asks for, and what the placeholders of
// its path stand for.
func findRoute(method, path string) (found *route, args []string, refusal *failure) {
	parts := segments(path)
	if method == http.MethodHead {
		method = http.MethodGet
	}
	refusal = refusef(90003, "Not found: no such call.")
	for _, r := range routes {
		args, fits := r.fit(parts)
		switch {
		case !fits:
		case r.method == method:
			return r, args, nil
		default:
			refusal = refusef(90006, "Method not allowed: use another method than %s.", method)
		}
	}
	return nil, nil, refusal
}

func (r *route) fit(parts []string) (args []string, fits bool) {
	if len(parts) != len(r.pattern) {
		return nil, false
	}
	for i, want := range r.pattern {
		part, err := url.PathUnescape(parts[i])
		switch {
		case err != nil:
			return nil, false
		case want == "*" && part != "":
			args = append(args, part)
		case want != part:
			return nil, false
		}
	}
	return args, true
}

// checkRequest checks what does not hang on the call: parameters, the kind of
// the body.
func (c *call) checkRequest(r *route) *failure {
	c.route = r
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return refusef(90000, "Bad request: the query string cannot be read.")
	}
	c.query = query
	if n := len(c.r.URL.String()); n > maxURL {
		c.s.violate("a URL of %d characters: %s", n, c.r.URL.Path)
	}
	for key, values := range query {
		free := strings.HasPrefix(key, "metadata.") && slices.Contains(r.query, "metadata.*")
		switch {
		case !free && !slices.Contains(r.query, key):
			c.noteUnusual("the query parameter %q, which means nothing there", key)
		case len(values) > 1 && !free && !slices.Contains(repeatable, key):
			c.noteUnusual("the query parameter %q more than once", key)
		}
	}
	if r.method != http.MethodGet && r.method != http.MethodDelete {
		return c.checkBodyKind()
	}
	// An official client sends null as the body of GET, and {} of DELETE.
	if body := strings.TrimSpace(string(c.body)); body != "" && body != "null" && body != "{}" {
		c.noteUnusual("a body, which means nothing there")
	}
	return nil
}

func (c *call) checkBodyKind() *failure {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return refusef(90008, "Unsupported media type: send Content-Type application/json.")
	}
	return nil
}

// arg is what the path says in the place of a placeholder, or empty.
func (c *call) arg(i int) string {
	if i < len(c.args) {
		return c.args[i]
	}
	return ""
}

// param is the value of a parameter that is given once, or empty.
func (c *call) param(key string) string {
	if values := c.query[key]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// noteUnusual notes that a request has something that the platform takes, as production
// clients show, and that this project's own client has no reason to send.
func (c *call) noteUnusual(format string, args ...any) {
	text := fmt.Sprintf("%s /%s has %s", c.route.method, strings.Join(c.route.pattern, "/"), fmt.Sprintf(format, args...))
	if !slices.Contains(c.s.violations, text) {
		c.s.violate("%s", text)
	}
}

// number is a parameter that is a whole number between two bounds.
func (c *call) number(key string, otherwise int, bounds [2]int) (int, *failure) {
	text, given := c.query[key]
	if !given {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text[0])
	if err != nil || n < bounds[0] || n > bounds[1] {
		return 0, refusef(90000, "Bad request: %s must be a whole number from %d to %d.", key, bounds[0], bounds[1])
	}
	return n, nil
}

// advance reports whether the request asks for beta features.
func (c *call) advance() bool {
	return strings.EqualFold(c.r.Header.Get("X-SBG-Advance-Access"), "advance")
}
