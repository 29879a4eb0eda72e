package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/platform"
)

const (
	// bulkAtOnce is how many bulk reads of one request are under way together.
	bulkAtOnce = 4
	// maxAsked is how often in a row a bulk read may answer for none of the IDs
	// that are left.
	maxAsked = 3
	// maxAlone is how many of the platform's own IDs may be refused, or left out,
	// while none is read, before something else must be wrong.
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
	// own tells that the platform itself has given out the IDs, so that they are
	// right: when it refuses one after the other, something else is wrong.
	own bool
}

// found is the answer for one ID: exactly one field is set.
type found[T any] struct {
	resource *T
	err      *platform.Error
}

// codeEmptyID is the platform's code for an empty file ID.
const codeEmptyID = 5004

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
	var chunks []*bulkChunk[T]
	p := pool.New().WithContext(ctx).WithMaxGoroutines(bulkAtOnce).WithCancelOnError().WithFirstError()
	for ids := range slices.Chunk(unique, platform.MaxBulk) {
		chunk := &bulkChunk[T]{bulkRead: b, out: make(map[string]found[T], len(ids))}
		chunks = append(chunks, chunk)
		p.Go(func(ctx context.Context) error { return chunk.ask(ctx, ids) })
	}
	if err := p.Wait(); err != nil {
		return nil, err
	}
	for _, chunk := range chunks {
		maps.Copy(all, chunk.out)
	}
	return all, nil
}

// bulkChunk is the reading of as many resources as fit one call.
type bulkChunk[T any] struct {
	*bulkRead[T]
	out      map[string]found[T]
	answered bool // a call was answered for some of its IDs
	alone    int  // IDs that were refused by themselves
}

// ask reads resources with one call, and again those that it left out.
func (b *bulkChunk[T]) ask(ctx context.Context, ids []string) error {
	left := ids
	for asked := 1; asked <= maxAsked; asked++ {
		items, err := b.call(ctx, left)
		if b.aboutIDs(err) {
			return b.halve(ctx, left, err)
		}
		if err != nil {
			return err
		}
		if err := b.take(ctx, left, items, asked == maxAsked); err != nil {
			return err
		}
		before := len(left)
		left = slices.DeleteFunc(slices.Clone(left), func(id string) bool {
			_, done := b.out[id]
			return done
		})
		if len(left) < before {
			b.answered, asked = true, 0
		}
		if len(left) == 0 {
			return nil
		}
	}
	return fmt.Errorf("reading %d %s: the platform says nothing certain about %d of them, such as %q",
		len(ids), b.noun, len(left), left[0])
}

// aboutIDs reports whether a call was refused because of the IDs in it: a single
// malformed one can have the whole call refused.
func (b *bulkRead[T]) aboutIDs(err error) bool {
	refused := platform.Refusal(err)
	if b.own {
		return refused.Permanent() && !refused.Unauthorized()
	}
	return refused != nil && (refused.Status == http.StatusBadRequest || slices.Contains(codesNoFile, refused.Code))
}

// codesNoFile are the platform's codes for a file that is not there. A whole call
// that is "not found" without them may be one that this platform does not offer.
var codesNoFile = []int{5002, 9009}

// halve asks for each half by itself, to find the IDs that the call was refused
// for and to read the others.
func (b *bulkChunk[T]) halve(ctx context.Context, ids []string, why error) error {
	if len(ids) == 1 {
		b.out[ids[0]] = found[T]{err: platform.Refusal(why)}
		if b.alone++; b.own && !b.answered && b.alone == maxAlone {
			return why
		}
		return nil
	}
	if err := b.ask(ctx, ids[:len(ids)/2]); err != nil {
		return err
	}
	return b.ask(ctx, ids[len(ids)/2:])
}

// call makes one bulk call.
func (b *bulkRead[T]) call(ctx context.Context, ids []string) ([]bulkItem[T], error) {
	what := fmt.Sprintf("reading %d %s", len(ids), b.noun)
	body, err := json.Marshal(map[string][]string{b.field: ids})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var got bulkAnswer[T]
	err = b.c.read(ctx, &call{
		what: what, method: http.MethodPost, url: b.c.url(b.path, nil), body: body, class: b.class, into: decodeInto(&got),
	})
	return got.Items, err
}

// take puts what a call for ids has answered into out. Resources are known by
// their IDs; one that comes twice, and differs, counts as not answered. Where it
// is not certain whose error it is, the resource is read by itself: at once if
// the answer has an item for each ID, else when asking again has not helped.
func (b *bulkChunk[T]) take(ctx context.Context, ids []string, items []bulkItem[T], last bool) error {
	placed, errs := b.place(ids, items)
	var left []int
	for i, id := range ids {
		if at, ok := placed[i]; ok {
			b.out[id] = found[T]{resource: items[at].Resource}
		} else {
			left = append(left, i)
		}
	}
	few := b.own && (b.answered || len(left) < len(ids) || len(left) <= maxAlone)
	blamed := assign(placed, left, errs, len(ids), len(items))
	for _, i := range left {
		blame, sure := blamed[i]
		switch {
		case sure && !last && b.own && blame.err.Passing():
			// It says nothing about the resource; the next call may.
		case sure && !blame.unsure:
			b.out[ids[i]] = found[T]{err: blame.err}
		case sure, last && (few || len(errs) > 0):
			f, err := b.single(ctx, ids[i])
			if err != nil {
				return err
			}
			b.out[ids[i]] = f
		}
	}
	return nil
}

// place maps the places of the IDs in a call to those of their resources in the
// answer, and collects the answer's errors.
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
