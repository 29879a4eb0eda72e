package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/platform"
)

const (
	// bulkAtOnce is how many bulk reads of one request are under way together.
	bulkAtOnce = 4
	// maxAsked is how often in a row a bulk read may bring no answer to any of the
	// items that are left.
	maxAsked = 3
	// maxAlone is how many of the platform's own IDs may be refused, or be left out,
	// with none read, before it is not they that are the matter.
	maxAlone = 3
)

// bulkRead is a kind of bulk call that reads resources by their IDs.
type bulkRead[T any] struct {
	c     *Client
	noun  string // "files"
	path  string
	field string // of the body, which holds the IDs
	class class
	id    func(*T) string
	flaw  func(*T) string                                  // says what makes a resource useless, or nothing
	one   func(ctx context.Context, id string) (*T, error) // reads a single one
	// own tells that the IDs are ones that the platform has given out itself. They
	// are right: when it refuses one after the other, something else is the matter.
	own bool
}

// suspicion is what is known of whose fault it is that calls are refused.
type suspicion struct {
	alone int  // IDs refused by themselves
	read  bool // one was read
}

// found is what became of one ID: exactly one field is set.
type found[T any] struct {
	resource *T
	err      *platform.Error
}

// read reads any number of resources. Every ID that was asked for is in the
// result.
func (b *bulkRead[T]) read(ctx context.Context, ids []string) (map[string]found[T], error) {
	unique := slices.Compact(slices.Sorted(slices.Values(ids)))
	all := make(map[string]found[T], len(unique))
	if len(unique) > 0 && unique[0] == "" {
		// One empty ID could have the whole call refused.
		all[""] = found[T]{err: &platform.Error{Status: http.StatusBadRequest, Code: codeEmptyID}}
		unique = unique[1:]
	}
	chunks := slices.Collect(slices.Chunk(unique, platform.MaxBulk))
	results := make([]map[string]found[T], len(chunks))
	p := pool.New().WithContext(ctx).WithMaxGoroutines(bulkAtOnce).WithCancelOnError().WithFirstError()
	for i, chunk := range chunks {
		p.Go(func(ctx context.Context) (err error) {
			results[i], err = b.chunk(ctx, chunk, &suspicion{})
			return err
		})
	}
	if err := p.Wait(); err != nil {
		return nil, err
	}
	for _, result := range results {
		for id, f := range result {
			all[id] = f
		}
	}
	return all, nil
}

// codeEmptyID is the platform's code for an empty file ID.
const codeEmptyID = 5004

// chunk reads the resources of one call, and again those that it left out.
func (b *bulkRead[T]) chunk(ctx context.Context, ids []string, whose *suspicion) (map[string]found[T], error) {
	out := make(map[string]found[T], len(ids))
	left := ids
	for asked := 1; asked <= maxAsked; asked++ {
		items, err := b.call(ctx, left)
		if b.culpable(err) {
			return out, b.halve(ctx, left, err, out, whose)
		}
		if err != nil {
			return nil, err
		}
		if err := b.take(ctx, left, items, out, asked == maxAsked); err != nil {
			return nil, err
		}
		whose.read = whose.read || len(out) > 0
		before := len(left)
		left = slices.DeleteFunc(slices.Clone(left), func(id string) bool {
			_, done := out[id]
			return done
		})
		if len(left) == 0 {
			return out, nil
		}
		if len(left) < before {
			asked = 0
		}
	}
	return nil, fmt.Errorf("reading %d %s: the platform says nothing certain about %d of them, such as %q",
		len(ids), b.noun, len(left), left[0])
}

// culpable reports whether a call was refused for what is in it: one ID that
// the platform finds malformed can have the whole call refused.
func (b *bulkRead[T]) culpable(err error) bool {
	refused := platform.Refusal(err)
	if b.own {
		return refused.Permanent() && !refused.Unauthorized()
	}
	return refused != nil && (refused.Status == http.StatusBadRequest || slices.Contains(codesNoFile, refused.Code))
}

// codesNoFile are the platform's codes for a file that is not there. A whole call
// that is "not found" without them may be one that this platform does not offer.
var codesNoFile = []int{5002, 9009}

// halve finds the IDs that a call was refused for, and reads the others.
func (b *bulkRead[T]) halve(ctx context.Context, ids []string, why error, out map[string]found[T], whose *suspicion) error {
	if len(ids) == 1 {
		out[ids[0]] = found[T]{err: platform.Refusal(why)}
		if whose.alone++; b.own && !whose.read && whose.alone == maxAlone {
			return why
		}
		return nil
	}
	for _, half := range [][]string{ids[:len(ids)/2], ids[len(ids)/2:]} {
		part, err := b.chunk(ctx, half, whose)
		if err != nil {
			return err
		}
		for id, f := range part {
			out[id] = f
		}
	}
	return nil
}

// call makes one bulk call.
func (b *bulkRead[T]) call(ctx context.Context, ids []string) ([]bulkItem[T], error) {
	what := fmt.Sprintf("reading %d %s", len(ids), b.noun)
	body, err := json.Marshal(map[string][]string{b.field: ids})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	u, err := b.c.url(b.path, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var got bulkAnswer[T]
	err = b.c.read(ctx, &call{
		what: what, method: http.MethodPost, url: u, body: body, class: b.class,
		into: func(a *answer) error {
			got = bulkAnswer[T]{}
			return json.Unmarshal(a.body, &got)
		},
	})
	return got.Items, err
}

// take puts the items of an answer to a call for ids into out. Resources are
// known by their IDs; one that comes twice, and differs, counts as not answered.
// Where it is not certain whose an error is, that resource is read by itself: at
// once if the answer has an item for each request, else when asking again has not
// helped.
func (b *bulkRead[T]) take(ctx context.Context, ids []string, items []bulkItem[T], out map[string]found[T], last bool) error {
	placed, errs := b.place(ids, items)
	var left []int
	for i, id := range ids {
		if at, ok := placed[i]; ok {
			out[id] = found[T]{resource: items[at].Resource}
		} else {
			left = append(left, i)
		}
	}
	few := b.own && (len(out) > 0 || len(left) <= maxAlone)
	blamed := assign(placed, left, errs, len(ids), len(items))
	for _, i := range left {
		blame, sure := blamed[i]
		switch {
		case sure && !blame.unsure:
			out[ids[i]] = found[T]{err: blame.err}
		case sure, last && (few || len(errs) > 0):
			f, err := b.single(ctx, ids[i])
			if err != nil {
				return err
			}
			out[ids[i]] = f
		}
	}
	return nil
}

// place finds where in an answer the resources are that were asked for, by the
// places of their IDs, and its errors.
func (b *bulkRead[T]) place(ids []string, items []bulkItem[T]) (placed map[int]int, errs []refusedItem) {
	position := make(map[string]int, len(ids))
	for i, id := range ids {
		position[id] = i
	}
	placed = make(map[int]int, len(ids))
	var contradicted []int
	for at, item := range items {
		if !item.Error.empty() {
			errs = append(errs, refusedItem{at, item.Error.platformError()})
			continue
		}
		if item.Resource == nil || b.flaw(item.Resource) != "" {
			continue
		}
		i, asked := position[b.id(item.Resource)]
		if !asked {
			continue
		}
		if before, twice := placed[i]; twice && !reflect.DeepEqual(items[before].Resource, item.Resource) {
			contradicted = append(contradicted, i)
		}
		placed[i] = at
	}
	for _, i := range contradicted {
		delete(placed, i)
	}
	return placed, errs
}

// single reads one resource; a refusal is a result.
func (b *bulkRead[T]) single(ctx context.Context, id string) (found[T], error) {
	resource, err := b.one(ctx, id)
	if refused := platform.Refusal(err); refused.Permanent() {
		return found[T]{err: refused}, nil
	}
	return found[T]{resource: resource}, err
}
