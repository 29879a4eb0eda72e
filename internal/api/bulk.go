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
	// maxAlone is how many IDs of a call that was answered for none may be read by
	// themselves or, of the platform's own IDs, be refused by themselves, before
	// something else must be wrong.
	maxAlone = 3
)

// found is the answer for one ID: exactly one field is set.
type found[T any] struct {
	value *T
	err   *platform.Error
}

// many reads any number of things. Every ID that was asked for is in the result.
func (k *kind[W, T]) many(ctx context.Context, c *Client, ids []string) (map[string]found[T], error) {
	unique := slices.Compact(slices.Sorted(slices.Values(ids)))
	all := make(map[string]found[T], len(unique))
	if len(unique) > 0 && unique[0] == "" {
		// One empty ID could have the whole call refused.
		all[""] = found[T]{err: &platform.Error{Code: k.none}}
		unique = unique[1:]
	}
	var calls []*bulkRead[W, T]
	p := pool.New().WithContext(ctx).WithMaxGoroutines(bulkAtOnce).WithCancelOnError().WithFirstError()
	for ids := range slices.Chunk(unique, platform.MaxBulk) {
		b := &bulkRead[W, T]{kind: k, c: c, out: make(map[string]found[T], len(ids))}
		calls = append(calls, b)
		p.Go(func(ctx context.Context) error { return b.ask(ctx, ids) })
	}
	if err := p.Wait(); err != nil {
		return nil, err
	}
	for _, b := range calls {
		maps.Copy(all, b.out)
	}
	return all, nil
}

// bulkRead is the reading of as many things as fit one call.
type bulkRead[W, T any] struct {
	*kind[W, T]
	c        *Client
	out      map[string]found[T]
	answered bool // a call was answered for some of its IDs
	refused  int  // IDs that were refused by themselves
}

// ask reads things with one call, and again those that it left out, as long as
// that helps; then one by one.
func (b *bulkRead[W, T]) ask(ctx context.Context, ids []string) error {
	for len(ids) > 0 {
		items, err := b.call(ctx, ids)
		switch {
		case b.aboutIDs(err):
			return b.halve(ctx, ids, err)
		case err != nil:
			return err
		}
		left := b.take(ids, items)
		if len(left) == len(ids) {
			return b.alone(ctx, left, items)
		}
		ids, b.answered = left, true
	}
	return nil
}

// aboutIDs reports whether a call was refused because of the IDs in it: a single
// malformed one can have the whole call refused.
func (b *bulkRead[W, T]) aboutIDs(err error) bool {
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
func (b *bulkRead[W, T]) halve(ctx context.Context, ids []string, why error) error {
	if len(ids) == 1 {
		b.out[ids[0]] = found[T]{err: platform.Refusal(why)}
		if b.refused++; b.own && !b.answered && b.refused == maxAlone {
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
func (b *bulkRead[W, T]) call(ctx context.Context, ids []string) ([]bulkItem[W], error) {
	what := fmt.Sprintf("reading %d %ss", len(ids), b.noun)
	body, err := json.Marshal(map[string][]string{b.ids: ids})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var got bulkAnswer[W]
	err = b.c.read(ctx, &call{what: what, method: http.MethodPost, url: b.c.url(b.bulk, nil), body: body, into: decodeInto(&got)})
	return got.Items, err
}

// take puts what a call for ids has answered for certain into out, and returns the
// IDs that are left. Things are known by their IDs; one that comes twice, and
// differs, counts as not answered.
func (b *bulkRead[W, T]) take(ids []string, items []bulkItem[W]) (left []string) {
	placed, errs := b.place(ids, items)
	var open []int
	for i, id := range ids {
		if at, ok := placed[i]; ok {
			value := b.value(items[at].Resource)
			b.out[id] = found[T]{value: &value}
		} else {
			open = append(open, i)
		}
	}
	blamed := assign(placed, open, errs, len(ids), len(items))
	for _, i := range open {
		if blame, told := blamed[i]; told && !blame.unsure {
			b.out[ids[i]] = found[T]{err: blame.err}
		} else {
			left = append(left, ids[i])
		}
	}
	return left
}

// place maps the places of the IDs in a call to those of their resources in the
// answer, and collects the answer's errors.
func (b *bulkRead[W, T]) place(ids []string, items []bulkItem[W]) (placed map[int]int, errs []*platform.Error) {
	position := make(map[string]int, len(ids))
	for i, id := range ids {
		position[id] = i
	}
	placed = make(map[int]int, len(ids))
	var contradicted []int
	for at, item := range items {
		if !item.Error.empty() {
			errs = append(errs, item.Error.platformError())
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

// alone reads by themselves those of which a call says nothing certain.
func (b *bulkRead[W, T]) alone(ctx context.Context, ids []string, items []bulkItem[W]) error {
	if !b.answered && len(items) == 0 && len(ids) > maxAlone {
		return fmt.Errorf("reading %d %ss: the platform says nothing of any, such as %q", len(ids), b.noun, ids[0])
	}
	for _, id := range ids {
		value, err := b.one(ctx, b.c, id)
		refused := platform.Refusal(err)
		if err != nil && !refused.Permanent() {
			return err
		}
		b.out[id] = found[T]{value: value, err: refused}
	}
	return nil
}

// bulkAnswer is the body of the answer to a bulk call.
type bulkAnswer[W any] struct {
	Items []bulkItem[W] `json:"items"`
}

// bulkItem is one answer of a bulk call: a resource, or an error. Either may be
// there as null beside the other.
type bulkItem[W any] struct {
	Resource *W         `json:"resource"`
	Error    *wireError `json:"error"`
}

// blame is the error of one request of a bulk call.
type blame struct {
	err *platform.Error
	// unsure tells that the platform refused the request but that it is not
	// certain that this is its error.
	unsure bool
}

// assign finds out which requests the errors of a bulk answer belong to. The
// errors do not say so, and the platform promises no order, though vendor clients
// rely on one. They go, in order, to the requests without a resource. That is
// certain if the errors are alike, or if every resource is at the place of its
// request, and there are so many resources that this is no accident.
//
// All this holds only for an answer that has exactly one item for each request.
// Where items are lost, doubled or somebody else's, an error may be anybody's,
// and nobody is blamed.
//
// Placed maps requests to where their resources are in the answer; left are the
// requests without one, in order.
func assign(placed map[int]int, left []int, errs []*platform.Error, asked, answered int) map[int]blame {
	if answered != asked || len(errs) != len(left) {
		return nil
	}
	unsure := !inOrder(placed) && slices.ContainsFunc(errs, func(e *platform.Error) bool {
		return e.Code != errs[0].Code || e.Message != errs[0].Message
	})
	out := make(map[int]blame, len(left))
	for i, e := range errs {
		out[left[i]] = blame{e, unsure}
	}
	return out
}

// inOrder reports whether the answer shows that it has kept the order.
func inOrder(placed map[int]int) bool {
	for request, at := range placed {
		if request != at {
			return false
		}
	}
	return len(placed) >= enoughInPlace
}

// enoughInPlace is how many resources an answer must have in place to show that
// it has kept the order: in another order that is most unlikely.
const enoughInPlace = 5
