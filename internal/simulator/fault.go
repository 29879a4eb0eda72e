package simulator

import (
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// The actions of a fault.
const (
	actStatus      = "status"            // answer with an error
	actHTML        = "html"              // answer with a gateway's HTML page
	actMaintenance = "maintenance"       // 503 with code 0, for a while
	actCutBefore   = "cut_before_commit" // cut the connection, nothing done
	actCutAfter    = "cut_after_commit"  // do what was asked, then cut the connection
	actSlow        = "slow"              // do what was asked, answer late
	actTruncate    = "truncate"          // answer with half of the body
	actContentType = "content_type"      // answer with a wrong Content-Type
)

// faultRule says which requests go wrong, and how.
type faultRule struct {
	method      string // empty for any
	path        glob   // below /v2
	probability float64
	nth, every  int
	times       int           // 0 for no bound
	from        time.Duration // after the first start
	until       time.Duration // 0 for no end
	action      string
	failure     *failure
	lasts       time.Duration
	commit      bool // the request is carried out before it goes wrong
}

func (r *reader) fault(n *yaml.Node) *faultRule {
	f := &faultRule{path: glob{"**"}, action: actStatus, failure: refuse(90005), lasts: 10 * time.Second}
	status, code := 0, -1
	r.mapping(n, "a fault", keys{
		"match":       func(n *yaml.Node) { f.method, f.path = r.requests(n) },
		"probability": func(n *yaml.Node) { f.probability = r.fraction(n, "probability") },
		"nth":         func(n *yaml.Node) { f.nth = r.integer(n, "nth", [2]int{1, math.MaxInt32}) },
		"every":       func(n *yaml.Node) { f.every = r.integer(n, "every", [2]int{1, math.MaxInt32}) },
		"times":       func(n *yaml.Node) { f.times = r.integer(n, "times", [2]int{1, math.MaxInt32}) },
		"after":       func(n *yaml.Node) { f.from = parsed(r, n, "after", parseDuration) },
		"until":       func(n *yaml.Node) { f.until = parsed(r, n, "until", parseDuration) },
		"action": func(n *yaml.Node) {
			f.action = r.oneOf(n, "action", append([]string{
				actStatus, actHTML, actMaintenance, actCutBefore, actCutAfter, actSlow, actTruncate, actContentType,
			}, spoiling...)...)
		},
		"status": func(n *yaml.Node) { status = r.integer(n, "status", [2]int{400, 599}) },
		"code":   func(n *yaml.Node) { code = r.integer(n, "code", [2]int{0, 99999}) },
		"for":    func(n *yaml.Node) { f.lasts = parsed(r, n, "for", parseDuration) },
		"commit": func(n *yaml.Node) { f.commit = r.boolean(n, "commit") },
	})
	f.failure = faultFailure(f.action, status, code)
	return f
}

// requests reads which requests a fault is about: METHOD PATTERN, or one of
// them alone.
func (r *reader) requests(n *yaml.Node) (method string, path glob) {
	text := r.text(n, "match")
	method, pattern, both := strings.Cut(text, " ")
	if !both {
		method, pattern = "", text
		if !strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "*") {
			method, pattern = text, "**"
		}
	}
	if method != strings.ToUpper(method) {
		r.fail(n, "match is %q: write METHOD /path, as in POST /bulk/storage/exports/*", text)
	}
	path, err := parseGlob(strings.TrimSpace(pattern))
	if err != nil {
		r.fail(n, "match: %v", err)
	}
	return method, path
}

// faultFailure is the error that a fault answers with.
func faultFailure(action string, status, code int) *failure {
	if action == actMaintenance {
		return refuse(0)
	}
	if status == 0 {
		status = 503
		if action == actHTML {
			status = 502
		}
	}
	usual := map[int]int{401: 90001, 403: 90002, 404: 90003, 409: 90007, 429: 1000, 500: 90004, 503: 90005}
	if code < 0 {
		code = usual[status]
		if code == 0 {
			code = 90004
		}
	}
	f := refuse(code)
	f.Status = status
	return f
}

// faultState is how often a rule applied so far.
type faultState struct {
	Seen  int       `json:"seen,omitempty"`  // requests that it matched
	Fired int       `json:"fired,omitempty"` // requests that it hit
	Until time.Time `json:"until,omitzero"`  // of maintenance
}

// fault is the rule that hits this request, or nil. It counts.
func (s *Server) fault(method, path string, now time.Time) *faultRule {
	var hit *faultRule
	for i, rule := range s.seed.faults {
		if hit == nil && s.faulty(i, rule, method, path, now) {
			hit = rule
		}
	}
	return hit
}

func (s *Server) faulty(i int, rule *faultRule, method, path string, now time.Time) bool {
	if rule.method != "" && rule.method != method || !rule.path.match(path) {
		return false
	}
	state := &s.faultStates[i]
	if now.Before(state.Until) {
		return true
	}
	since := now.Sub(s.began)
	if since < rule.from || rule.until > 0 && since >= rule.until {
		return false
	}
	state.Seen++
	switch {
	case rule.times > 0 && state.Fired >= rule.times,
		rule.nth > 0 && state.Seen != rule.nth,
		rule.every > 0 && state.Seen%rule.every != 0,
		rule.probability > 0 && s.seed.behavior.dice(diceFault+uint64(i), uint64(state.Seen)).Float64() >= rule.probability:
		return false
	}
	state.Fired++
	if rule.action == actMaintenance {
		state.Until = now.Add(rule.lasts)
	}
	s.dirty = true
	return true
}

// before is the answer of a fault that keeps the request from being carried
// out, or nil.
func (f *faultRule) before() *answer {
	if f == nil || f.commit {
		return nil
	}
	switch f.action {
	case actStatus, actMaintenance, actHTML, actCutBefore:
		return f.answer()
	}
	return nil
}

// answer is what a fault answers instead of the right answer.
func (f *faultRule) answer() *answer {
	switch f.action {
	case actHTML:
		return &answer{status: f.failure.Status, kind: "text/html; charset=utf-8", body: []byte(
			"<html><head><title>Bad Gateway</title></head><body><center><h1>Bad Gateway</h1></center></body></html>\n")}
	case actCutBefore:
		return &answer{cut: true}
	}
	return f.failure.answer()
}

// after changes the right answer as the fault wants it.
func (f *faultRule) after(a *answer, dice *rand.Rand) *answer {
	if f == nil {
		return a
	}
	switch f.action {
	case actLoseItem, actDoubleItem, actShortPage, actEmptyPage, actNullItems, actNoLinks, actMutate:
		if a.status < 300 {
			a.body = spoil(f.action, a.body, dice)
		}
	case actCutAfter:
		return &answer{cut: true}
	case actSlow:
		a.delay = f.lasts
	case actTruncate:
		a.body = a.body[:len(a.body)/2]
	case actContentType:
		a.kind = "text/plain; charset=utf-8"
	default:
		return f.answer()
	}
	return a
}
