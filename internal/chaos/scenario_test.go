//go:build unix

package chaos

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"sbexport/internal/change"
)

// dice draw one of k possibilities.
type dice interface {
	draw(what string, k int) int
}

// randomDice are dice that a seed repeats.
type randomDice struct{ *rand.Rand }

func (d randomDice) draw(_ string, k int) int { return d.IntN(k) }

// rapidDice are dice that can be turned to smaller numbers when a test fails.
type rapidDice struct{ t *rapid.T }

func (d rapidDice) draw(what string, k int) int { return rapid.IntRange(0, k-1).Draw(d.t, what) }

// oneIn is true once in k draws.
func oneIn(d dice, what string, k int) bool { return d.draw(what, k) == k-1 }

// pick draws one of some values.
func pick[T any](d dice, what string, values ...T) T { return values[d.draw(what, len(values))] }

// fate is what is the matter with a file.
type fate int

const (
	plain     fate = iota
	passing        // its first job fails
	doomed         // its jobs fail for good
	refused        // the platform takes no export of it
	occupied       // an object is at its place
	unlucky        // an object is at its place, and its first job deletes it and fails
	inPlace        // it is an alias at its place
	elsewhere      // it is an alias somewhere else
)

// file is one file of the project.
type file struct {
	id, path string
	fate     fate
}

// rule is one way in which the files of a folder are wanted.
type rule struct {
	copyOnly, overwrite bool
	volume, to          string // to begins the location; the path follows
}

// folder is files that are treated alike.
type folder struct {
	name  string
	byID  bool
	rules []rule
	files []file
}

// The ways in which a folder can be wanted. Copies come first.
var treatments = [...][]rule{
	{{volume: "me/one", to: "m"}},
	{{volume: "me/two", to: "c", copyOnly: true}},
	{{volume: "me/one", to: "r", overwrite: true}},
	{{volume: "me/two", to: "o", copyOnly: true, overwrite: true}},
	{{volume: "me/two", to: "c", copyOnly: true}, {volume: "me/one", to: "m"}},
	{{volume: "me/two", to: "o", copyOnly: true, overwrite: true}, {volume: "me/one", to: "k", copyOnly: true}, {volume: "me/two", to: "m", overwrite: true}},
}

// scenario is a plan, a platform, and what goes wrong.
type scenario struct {
	folders  []folder
	behavior []string // of the platform, lines of the seed
	quirks   []string
	lags     []string // of the platform; none where the journal is lost
	faults   []string
	keep     bool // the journal's directory is kept between lives
	saved    bool // a saved plan is applied
}

// anyScenario draws a scenario.
func anyScenario(d dice) scenario {
	s := scenario{keep: !oneIn(d, "lose the journal", 3), saved: oneIn(d, "saved plan", 4)}
	number := 0
	for i := range 1 + d.draw("folders", 3) {
		f := folder{name: fmt.Sprintf("d%d", i), byID: oneIn(d, "by ID", 3), rules: pick(d, "treatment", treatments[:]...)}
		count := 1 + d.draw("files", 12)
		if oneIn(d, "many files", 8) {
			count += 150
		}
		for range count {
			number++
			f.files = append(f.files, file{
				id: fmt.Sprintf("%024x", number), path: fmt.Sprintf("%s/f%d.bam", f.name, number), fate: anyFate(d, f.rules),
			})
		}
		s.folders = append(s.folders, f)
	}
	s.platform(d)
	return s
}

// anyFate draws what is the matter with a file. Trouble that lasts is kept from
// files that are copied and moved: what is to become of the move then is for the
// comparison to say.
func anyFate(d dice, rules []rule) fate {
	possible := []fate{passing}
	if len(rules) == 1 {
		possible = append(possible, doomed, refused, occupied, elsewhere)
	}
	if len(rules) == 1 && !rules[0].copyOnly {
		possible = append(possible, inPlace)
	}
	if rules[0].overwrite {
		possible = append(possible, unlucky)
	}
	if !oneIn(d, "trouble", 4) {
		return plain
	}
	return pick(d, "fate", possible...)
}

// platform draws how the platform behaves.
func (s *scenario) platform(d dice) {
	s.behavior = []string{
		fmt.Sprintf("  jobs: {pending: %dms, duration: {min: 1ms, max: %dms}, existing_object: %s",
			d.draw("pending", 30), 2+d.draw("duration", 300), pick(d, "existing object", "fails_job", "refused")),
		fmt.Sprintf("  page_cap: %d", pick(d, "page cap", 0, 0, 7, 50)),
		"  rate_limit: " + pick(d, "rate limit", "{limit: 0}", "{limit: 0}", "{limit: 60, window: 1s}", "{limit: 500, window: 1s, clock_skew: 500ms}"),
		fmt.Sprintf("  random_seed: %d", d.draw("random seed", 1000)),
		"  latency: " + pick(d, "latency", "0ms", "{min: 0ms, max: 30ms}", "{min: 50ms, max: 150ms}"),
	}
	if s.keep {
		s.lags = []string{
			fmt.Sprintf("alias_lag: %dms", d.draw("alias lag", 700)), fmt.Sprintf("list_lag: %dms", d.draw("list lag", 700)),
		}
	}
	for _, quirk := range []string{
		"upper_case_types", "lower_case_states", "shuffled_bulk", "alias_location_is_key", "null_beside",
		"no_total_header", "jobs_oldest_first", "submission_answers_201", "links_without_fields",
	} {
		if oneIn(d, quirk, 5) {
			s.quirks = append(s.quirks, quirk+": true")
		}
	}
	for range d.draw("faults", 6) {
		s.faults = append(s.faults, anyFault(d))
	}
}

const create = "POST /bulk/storage/exports/create"

// anyFault draws a rule of the seed. Each hits a few requests only, so that
// every scenario comes to an end.
func anyFault(d dice) string {
	match := pick(d, "match", create, create, "POST **", "GET **", "**")
	action := pick(d, "action",
		"cut_after_commit", "cut_after_commit", "cut_before_commit", "truncate", "slow, for: 400ms", "maintenance, for: 100ms", "content_type",
		"status, status: 500, commit: true", "status, status: 503, commit: true", "status, status: 502", "status, status: 429",
		"html", "html, commit: true")
	return fmt.Sprintf("- {match: %q, probability: 0.%d, times: %d, action: %s}",
		match, 1+d.draw("probability", 9), 1+d.draw("times", 3), action)
}

// seed is the platform's seed; without trouble it is that of the twin.
func (s scenario) seed(trouble bool) string {
	var b strings.Builder
	b.WriteString("user: me\nprojects:\n- id: me/lab\n  files:\n")
	var objects [2]strings.Builder
	failures := ""
	for _, f := range s.folders {
		for _, file := range f.files {
			fmt.Fprintf(&b, "  - {path: %s, id: %q, size: %d%s}\n", file.path, file.id, 1000+len(file.path), file.attributes(f.rules[0]))
			if file.fate == occupied || file.fate == unlucky {
				at := map[string]int{"me/one": 0, "me/two": 1}[f.rules[0].volume]
				fmt.Fprintf(&objects[at], "  - {location: %s/%s, size: 5}\n", f.rules[0].to, file.path)
			}
			failures += file.failure()
		}
	}
	b.WriteString("volumes:\n- id: me/one\n  bucket: one\n  prefix: cohort\n" + listed("  objects", objects[0].String()))
	b.WriteString("- id: me/two\n  bucket: two\n" + listed("  objects", objects[1].String()))
	b.WriteString(listed("failures", failures))
	b.WriteString("behavior:\n" + s.behavior[0])
	if trouble && len(s.lags) > 0 {
		b.WriteString(", " + strings.Join(s.lags, ", "))
	}
	b.WriteString("}\n" + strings.Join(s.behavior[1:], "\n") + "\n")
	b.WriteString("quirks: {" + strings.Join(s.quirks, ", ") + "}\n")
	if trouble {
		b.WriteString(listed("faults", strings.Join(s.faults, "\n")))
	}
	return b.String()
}

// attributes are what the seed says of a file beside its name.
func (f file) attributes(r rule) string {
	switch f.fate {
	case refused:
		return ", public: true"
	case inPlace:
		return fmt.Sprintf(", alias: {volume: %s, location: %s/%s}", r.volume, r.to, f.path)
	case elsewhere:
		return fmt.Sprintf(", alias: {volume: me/two, location: old/%s}", f.path)
	case plain, passing, doomed, occupied, unlucky:
	}
	return ""
}

// failure is the seed's rule about how jobs of the file fail, or nothing.
func (f file) failure() string {
	switch f.fate {
	case passing, unlucky:
		return fmt.Sprintf("- {file: %q, error: 9100, times: 1}\n", f.id)
	case doomed:
		return fmt.Sprintf("- {file: %q, error: 9103}\n", f.id)
	case plain, refused, occupied, inPlace, elsewhere:
	}
	return ""
}

// listed is a key with a list, or nothing.
func listed(key, items string) string {
	if items == "" {
		return ""
	}
	return key + ":\n" + strings.TrimSuffix(items, "\n") + "\n"
}

// plan is the scenario's plan.
func (s scenario) plan() string {
	var b strings.Builder
	b.WriteString("version: 1\nproject: me/lab\nlimits: {overwrites: 1000}\nexports:\n")
	for _, f := range s.folders {
		selects := fmt.Sprintf("match: %q", f.name+"/**")
		if f.byID {
			ids := make([]string, len(f.files))
			for i := range f.files {
				ids[i] = strconv.Quote(f.files[i].id)
			}
			selects = "file: [" + strings.Join(ids, ", ") + "]"
		}
		for i, r := range f.rules {
			fmt.Fprintf(&b, "- {name: %s-%d, %s, volume: %s, to: %q, copy_only: %v, overwrite: %v}\n",
				f.name, i, selects, r.volume, r.to+"/{path}", r.copyOnly, r.overwrite)
		}
	}
	return b.String()
}

// ending is how one wanted export is to end: the state, and the code of what
// is final about a failed one.
type ending struct {
	State string
	Code  int
}

// endings is what the lockfile is to say in the end. Files that were never
// wanted from where they are do not stand in it.
func (s scenario) endings() map[change.Target]ending {
	all := map[change.Target]ending{}
	for _, f := range s.folders {
		for _, file := range f.files {
			for _, r := range f.rules {
				t := change.Target{File: file.id, Volume: r.volume, Location: r.to + "/" + file.path}
				switch {
				case file.fate == elsewhere:
				case file.fate == doomed:
					all[t] = ending{"FAILED", 9103}
				case file.fate == refused:
					all[t] = ending{"FAILED", 9006}
				case file.fate == occupied && !r.overwrite:
					all[t] = ending{"FAILED", 9107}
				default:
					all[t] = ending{"COMPLETED", 0}
				}
			}
		}
	}
	return all
}
