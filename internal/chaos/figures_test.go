//go:build unix

package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"sbexport/internal/simulator"
)

// figures count what happened, over all scenarios.
type figures struct {
	mu        sync.Mutex
	scenarios int
	lives     int
	deaths    map[string]int // by cause, those that did end so
	exits     map[int]int
	faults    map[string]int
	lost      int // submissions that started jobs and whose answer did not arrive
	failed    int
}

func newFigures() *figures {
	return &figures{deaths: map[string]int{}, exits: map[int]int{}, faults: map[string]int{}}
}

// scenario counts a scenario.
func (f *figures) scenario(failed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scenarios++
	if failed {
		f.failed++
	}
}

// lived counts a life.
func (f *figures) lived(l life, d death) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lives++
	f.exits[d.code]++
	switch {
	case d.code == -1 || d.code == 130 || d.code == 143:
		f.deaths[l.cause()]++
		if l.point == pointAnswered {
			f.lost++
		}
	case l.asleep > 0:
		f.deaths["none: it was stopped and woken"]++
	default:
		f.deaths["none: it ended before"]++
	}
}

// request counts what went wrong with a request. It is the simulator's observer.
func (f *figures) request(r simulator.Request) {
	if r.Fault == "" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[r.Fault]++
	// Only a request that was carried out knows its items.
	if r.Items > 0 && r.Method+" "+r.Path == create && !slices.Contains([]string{"slow", "content_type", "double_item"}, r.Fault) {
		f.lost++
	}
}

func (f *figures) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d scenarios, %d lives, %d answers to submissions lost, %d scenarios failed\n", f.scenarios, f.lives, f.lost, f.failed)
	for _, cause := range slices.Sorted(maps.Keys(f.deaths)) {
		fmt.Fprintf(&b, "  end   %-45s %6d\n", cause, f.deaths[cause])
	}
	for _, code := range slices.Sorted(maps.Keys(f.exits)) {
		fmt.Fprintf(&b, "  exit  %-45d %6d\n", code, f.exits[code])
	}
	for _, fault := range slices.Sorted(maps.Keys(f.faults)) {
		fmt.Fprintf(&b, "  fault %-45s %6d\n", fault, f.faults[fault])
	}
	return b.String()
}
