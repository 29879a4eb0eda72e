package simulator

import (
	"math"
	"math/rand/v2"
	"time"

	"gopkg.in/yaml.v3"
)

// behavior is how fast the platform is and what it allows.
type behavior struct {
	latency  spread        // of every answer
	pending  time.Duration // from a submission until the job may start
	duration spread        // of a job, once started
	atOnce   int           // jobs running at a time; 0 for no limit

	aliasLag time.Duration // from a job's end until the file shows as an alias
	listLag  time.Duration // from a submission until the job shows in the job list
	// existsAtSubmission refuses an export to an existing object at once
	// instead of failing the job.
	existsAtSubmission bool

	limit     int           // requests in a window; 0 for no limit
	window    time.Duration // of the limit
	headers   bool          // tell about the limit
	clockSkew time.Duration // how far ahead the clock is that the headers tell of
	grid      bool          // windows begin at whole multiples of their length

	pageCap int // items a page has at most, whatever was asked for; 0 for no cap
	seed    uint64
}

// usualBehavior is what holds for what a seed does not say: the real limit, and
// jobs that take a second.
func usualBehavior() behavior {
	return behavior{
		pending:  200 * time.Millisecond,
		duration: spread{low: 800 * time.Millisecond, high: 800 * time.Millisecond},
		limit:    1000,
		window:   5 * time.Minute,
		headers:  true,
		seed:     1,
	}
}

// spread is a distribution of durations: uniform between two bounds, with a
// long tail, or by the size of the file.
type spread struct {
	low, high time.Duration
	tail      time.Duration // one in twenty falls between high and tail; 0 for none
	perGB     time.Duration // added for every 10^9 bytes
}

// draw takes a duration from the distribution.
func (d spread) draw(rng *rand.Rand, size int64) time.Duration {
	low, high := d.low, d.high
	if d.tail > high && rng.Float64() < 0.05 {
		low, high = high, d.tail
	}
	result := low
	if high > low {
		result += time.Duration(rng.Int64N(int64(high-low) + 1))
	}
	extra := float64(d.perGB) * float64(size) / 1e9
	return result + time.Duration(math.Min(extra, float64(1000*time.Hour)))
}

// dice makes random numbers for one purpose and count. They depend on nothing
// else, so that a simulator that was stopped and started again goes on alike.
func (b *behavior) dice(purpose, count uint64) *rand.Rand {
	return rand.New(rand.NewPCG(b.seed<<8|purpose, count))
}

// The purposes of random numbers.
const (
	diceSize = iota
	diceLatency
	diceJob
	diceShuffle
	diceRewrite
	diceSpoil
	diceFault // plus the number of the rule
)

func (r *reader) behavior(n *yaml.Node, b *behavior) {
	r.mapping(n, "behavior", keys{
		"latency": func(n *yaml.Node) { b.latency = r.spread(n, "latency") },
		"jobs":    func(n *yaml.Node) { r.jobBehavior(n, b) },
		"rate_limit": func(n *yaml.Node) {
			r.mapping(n, "rate_limit", keys{
				"limit":      func(n *yaml.Node) { b.limit = r.integer(n, "limit", [2]int{0, 1_000_000_000}) },
				"window":     func(n *yaml.Node) { b.window = parsed(r, n, "window", parseDuration) },
				"headers":    func(n *yaml.Node) { b.headers = r.boolean(n, "headers") },
				"clock_skew": func(n *yaml.Node) { b.clockSkew = r.signed(n, "clock_skew") },
				"grid":       func(n *yaml.Node) { b.grid = r.boolean(n, "grid") },
			})
			if b.window <= 0 {
				r.fail(n, "the window of the rate limit must be longer than nothing")
			}
		},
		"page_cap":    func(n *yaml.Node) { b.pageCap = r.integer(n, "page_cap", [2]int{0, 100}) },
		"random_seed": func(n *yaml.Node) { b.seed = uint64(r.integer(n, "random_seed", [2]int{0, math.MaxInt32})) },
	})
}

func (r *reader) jobBehavior(n *yaml.Node, b *behavior) {
	r.mapping(n, "jobs", keys{
		"pending":   func(n *yaml.Node) { b.pending = parsed(r, n, "pending", parseDuration) },
		"duration":  func(n *yaml.Node) { b.duration = r.spread(n, "duration") },
		"at_once":   func(n *yaml.Node) { b.atOnce = r.integer(n, "at_once", [2]int{0, 1_000_000}) },
		"alias_lag": func(n *yaml.Node) { b.aliasLag = parsed(r, n, "alias_lag", parseDuration) },
		"list_lag":  func(n *yaml.Node) { b.listLag = parsed(r, n, "list_lag", parseDuration) },
		"existing_object": func(n *yaml.Node) {
			b.existsAtSubmission = r.oneOf(n, "existing_object", "fails_job", "refused") == "refused"
		},
	})
}

// spread reads one duration, or a mapping.
func (r *reader) spread(n *yaml.Node, what string) spread {
	var d spread
	if n.Kind == yaml.ScalarNode {
		d.low = parsed(r, n, what, parseDuration)
		d.high = d.low
		return d
	}
	duration := func(to *time.Duration) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = parsed(r, n, what, parseDuration) }
	}
	r.mapping(n, what, keys{
		"min": duration(&d.low), "max": duration(&d.high),
		"tail": duration(&d.tail), "per_gb": duration(&d.perGB),
	})
	if d.high == 0 {
		d.high = d.low
	}
	if d.high < d.low || d.tail > 0 && d.tail < d.high {
		r.fail(n, "%s must have min, max and tail in rising order", what)
	}
	return d
}

// signed reads a duration that may be negative.
func (r *reader) signed(n *yaml.Node, what string) time.Duration {
	return parsed(r, n, what, time.ParseDuration)
}

// quirks are differences between deployments, versions and documents of the
// platform that a client has to live with. All are off unless switched on.
type quirks struct {
	upperCaseTypes         bool
	upperCaseServices      bool
	lowerCaseStates        bool
	shuffledBulk           bool
	aliasLocationIsKey     bool
	barePrefix             bool
	noHostedOnLocations    bool
	nullBeside             bool
	noTotalHeader          bool
	jobsOldestFirst        bool
	slashPrefixes          bool
	copyOnlyNeedsAdvance   bool
	linksWithoutFields     bool
	capitalRel             bool
	noProjectLocation      bool
	noErrorInFailedJob     bool
	submissionAnswers201   bool
	secondaryFilesAreStubs bool
	shuffledLists          bool
	repeatedItems          bool
	modifiedByExport       bool
	noObjectMetadata       bool
	outputsNotListed       bool
	outputsOnlySingle      bool
	outputBasenames        bool
	batchChildrenNotListed bool

	// What the rewriter does.
	oddCase        bool
	shuffledKeys   bool
	unknownMembers bool
	nulls          bool
	stubResults    bool
	sparseErrors   bool
}

// named are the quirks by the names that a seed gives them.
func (q *quirks) named() map[string]*bool {
	return map[string]*bool{
		"upper_case_types":          &q.upperCaseTypes,
		"upper_case_services":       &q.upperCaseServices,
		"lower_case_states":         &q.lowerCaseStates,
		"shuffled_bulk":             &q.shuffledBulk,
		"alias_location_is_key":     &q.aliasLocationIsKey,
		"bare_prefix":               &q.barePrefix,
		"no_hosted_on_locations":    &q.noHostedOnLocations,
		"null_beside":               &q.nullBeside,
		"no_total_header":           &q.noTotalHeader,
		"jobs_oldest_first":         &q.jobsOldestFirst,
		"slash_prefixes":            &q.slashPrefixes,
		"copy_only_needs_advance":   &q.copyOnlyNeedsAdvance,
		"links_without_fields":      &q.linksWithoutFields,
		"capital_rel":               &q.capitalRel,
		"no_project_location":       &q.noProjectLocation,
		"no_error_in_failed_job":    &q.noErrorInFailedJob,
		"submission_answers_201":    &q.submissionAnswers201,
		"secondary_files_as_stubs":  &q.secondaryFilesAreStubs,
		"shuffled_lists":            &q.shuffledLists,
		"repeated_items":            &q.repeatedItems,
		"modified_by_export":        &q.modifiedByExport,
		"no_object_metadata":        &q.noObjectMetadata,
		"outputs_not_listed":        &q.outputsNotListed,
		"outputs_only_single":       &q.outputsOnlySingle,
		"output_basenames":          &q.outputBasenames,
		"batch_children_not_listed": &q.batchChildrenNotListed,
		"odd_case":                  &q.oddCase,
		"shuffled_keys":             &q.shuffledKeys,
		"unknown_members":           &q.unknownMembers,
		"nulls":                     &q.nulls,
		"stub_results":              &q.stubResults,
		"sparse_errors":             &q.sparseErrors,
	}
}

// Quirks are the names of all quirks that a seed can switch on.
func Quirks() []string { return sortedKeys(new(quirks).named()) }

func (r *reader) quirks(n *yaml.Node, q *quirks) {
	known := keys{}
	for name, to := range q.named() {
		known[name] = func(n *yaml.Node) { *to = r.boolean(n, name) }
	}
	r.mapping(n, "quirks", known)
}
