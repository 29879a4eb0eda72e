//go:build unix

package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"pgregory.net/rapid"

	"sbexport/internal/cli"
	"sbexport/internal/simulator"
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
	underway       // a job that nobody has on record carries it there
)

// file is one file of a project.
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
	project    string
	name       string
	byID       bool
	everything bool // the project holds nothing else
	rules      []rule
	files      []file
}

// The ways in which a folder can be wanted. Copies come first.
var treatments = [...][]rule{
	{{volume: "me/one", to: "m"}},
	{{volume: "me/two", to: "c", copyOnly: true}},
	{{volume: "me/one", to: "r", overwrite: true}},
	{{volume: "me/two", to: "o", copyOnly: true, overwrite: true}},
	{{volume: "me/two", to: "c", copyOnly: true}, {volume: "me/one", to: "m"}},
	{{volume: "me/two", to: "o", copyOnly: true, overwrite: true}, {volume: "me/one", to: "k", copyOnly: true}, {volume: "me/two", to: "m", overwrite: true}},
	{{volume: "me/three", to: "t"}},
	{{volume: "me/three", to: "o", copyOnly: true, overwrite: true}, {volume: "me/three", to: "c", copyOnly: true}, {volume: "me/three", to: "r", overwrite: true}},
}

// memory is what a life finds of those before.
type memory int

const (
	kept     memory = iota // everything
	lost                   // all but the journal's directory
	machines               // the lockfile, on another machine than the last one's
)

// patience is how long the program looks for what it has submitted.
const patience = 2 * time.Second

// scenario is a plan, a platform, and what goes wrong.
type scenario struct {
	folders  []folder
	behavior []string // of the platform, lines of the seed
	quirks   []string
	faults   []string
	// How late an alias, and a job in the list, shows.
	aliasLag, listLag time.Duration
	stumbles          bool // the first job of every file fails
	memory            memory
	saved             bool // a saved plan is applied
}

// blind reports whether a life cannot know of everything that was submitted
// before it: the platform does not tell yet, and nothing else does. What cannot
// be known can be submitted again, and must still end as it should.
func (s scenario) blind() bool {
	lag := max(s.aliasLag, s.listLag)
	others := slices.ContainsFunc(s.folders, func(f folder) bool {
		return slices.ContainsFunc(f.files, func(f file) bool { return f.fate == underway })
	})
	return lag > patience || lag > 0 && (s.memory != kept || others)
}

// knows reports whether a life knows of all jobs before it what they were to do,
// so that it goes on with them as if they were its own. A job that replaces is
// not repeated before somebody has seen that it will.
func (s scenario) knows() bool {
	return s.memory == kept && !s.blind() && !slices.ContainsFunc(s.folders, func(f folder) bool {
		return slices.ContainsFunc(f.rules, func(r rule) bool { return r.overwrite })
	})
}

// tooSoon reports whether a saved plan was refused because what was done for it
// does not show yet.
func (s scenario) tooSoon(code int) bool {
	return code == cli.ExitRefused && s.saved && s.aliasLag+s.listLag > 0
}

func (s scenario) String() string {
	return fmt.Sprintf("memory %d, saved plan: %v, lags of %v and %v", s.memory, s.saved, s.aliasLag, s.listLag)
}

// anyScenario draws a scenario.
func anyScenario(d dice) scenario {
	s := scenario{
		memory: pick(d, "memory", kept, kept, kept, lost, lost, machines), saved: oneIn(d, "saved plan", 4),
		stumbles: oneIn(d, "stumbles", 6),
	}
	s.platform(d)
	number := 0
	for i := range 1 + d.draw("folders", 3) {
		f := folder{
			project: pick(d, "project", "me/lab", "me/lab", "me/other"), name: fmt.Sprintf("d%d", i),
			byID: oneIn(d, "by ID", 3), rules: pick(d, "treatment", s.possible()...),
		}
		count := 1 + d.draw("files", 12)
		if oneIn(d, "many files", 8) {
			count += 150
		}
		for range count {
			number++
			f.files = append(f.files, file{
				id: fmt.Sprintf("%024x", number), path: fmt.Sprintf("%s/f%d.bam", f.name, number), fate: s.anyFate(d, f.rules),
			})
		}
		s.folders = append(s.folders, f)
	}
	return s
}

// anyFate draws what is the matter with a file. Trouble that lasts is kept from
// files that are copied and moved: what is to become of the move then is for the
// comparison to say.
func (s *scenario) anyFate(d dice, rules []rule) fate {
	if !oneIn(d, "trouble", 4) {
		return plain
	}
	possible := []fate{passing}
	if len(rules) == 1 {
		possible = append(possible, doomed, refused, occupied, elsewhere, inPlace)
	}
	if len(rules) == 1 && !rules[0].overwrite {
		possible = append(possible, underway)
	}
	if rules[0].overwrite {
		possible = append(possible, unlucky)
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
	s.aliasLag, s.listLag = s.anyLag(d, "alias lag"), s.anyLag(d, "list lag")
	if long := patience + s.anyLag(d, "long lag"); long > patience {
		*pick(d, "what lags", &s.aliasLag, &s.listLag) = long
	}
	for _, quirk := range simulator.Quirks() {
		if quirk != "no_error_in_failed_job" && oneIn(d, quirk, 8) {
			s.quirks = append(s.quirks, quirk)
		}
	}
	for range d.draw("faults", 6) {
		s.faults = append(s.faults, s.anyFault(d))
	}
}

// anyLag draws no lag, or one that the program waits for: where nothing is on
// record, there are only refusals to make it look, and for what a refusal may
// mean it looks a quarter of the time.
func (s *scenario) anyLag(d dice, what string) time.Duration {
	lag := pick(d, what, 0, 0, 0, time.Duration(1+d.draw(what, 1500))*time.Millisecond)
	if s.memory != kept {
		lag /= 4
	}
	return lag
}

// hasten leaves out what the program takes its time for: a failed job is tried
// again after a pause, and a copy of which there is no record counts as one after
// a minute.
func (s *scenario) hasten() {
	s.stumbles = false
	for _, f := range s.folders {
		if f.rules[0].copyOnly {
			s.memory = kept
		}
		for i := range f.files {
			if slices.Contains([]fate{passing, unlucky, underway}, f.files[i].fate) {
				f.files[i].fate = plain
			}
		}
	}
}

// possible are the treatments of which the platform tells, in one way or the
// other, as long as the program looks: of a copy the list of jobs alone does. A
// copy that replaces is not even refused when it is made twice.
func (s *scenario) possible() [][]rule {
	return slices.DeleteFunc(slices.Clone(treatments[:]), func(rules []rule) bool {
		unseen := s.listLag > 0 && s.memory != kept
		return rules[0].copyOnly && (s.listLag > patience || unseen && rules[0].overwrite)
	})
}

const create = "POST /bulk/storage/exports/create"

// anyFault draws a rule of the seed. Each hits a few requests only, so that
// every scenario comes to an end. A list that tells no total can be cut short
// without anybody knowing.
func (s *scenario) anyFault(d dice) string {
	match := pick(d, "match", create, create, "POST **", "GET **", "**")
	action := pick(d, "action",
		"cut_after_commit", "cut_after_commit", "cut_before_commit", "truncate", "slow, for: 400ms", "maintenance, for: 100ms", "content_type",
		"status, status: 500, commit: true", "status, status: 503, commit: true", "status, status: 502", "status, status: 429",
		"html", "html, commit: true")
	switch total := !slices.Contains(s.quirks, "no_total_header"); d.draw("spoiled answers", 4) {
	case 0:
		match, action = pick(d, "match", create, create, "POST **"), pick(d, "action", "lose_item", "double_item")
	case 1:
		if total {
			match = pick(d, "match", "GET /files", "GET /storage/exports")
			action = pick(d, "action", "lose_item", "double_item", "short_page", "empty_page", "null_items", "no_links")
		}
	}
	return fmt.Sprintf("- {match: %q, probability: 0.%d, times: %d, action: %s}",
		match, 1+d.draw("probability", 9), 1+d.draw("times", 3), action)
}
