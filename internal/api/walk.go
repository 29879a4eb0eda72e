package api

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/sleep"
)

const (
	// pagesAtOnce is how many pages of one listing are under way together.
	pagesAtOnce = 4
	// maxPages bounds a listing; ten million files in one folder are not real.
	maxPages = 100_000
	// maxBarren is how many pages in a row may bring nothing new: a page is seen
	// twice when the list moves while it is read, but not for ever.
	maxBarren = 50
)

// walk lists something to its end and yields its items, each once, a page at a
// time and never two at once. Where the platform tells the total and pages by
// offset, pages are read several at a time; else one after the other, by their
// links. A listing that comes out shorter than the total is read once more, and
// is an error if it is short again.
func walk[T any](ctx context.Context, c *Client, what string, first *url.URL, kind kind[T], yield func([]T) error) error {
	w := newWalker(c, what, kind, yield)
	return w.complete(ctx, func() error { return w.forward(ctx, first) })
}

// walkShrinking is walk for a list whose items drop out of it while it is read.
// Those behind move up then, and a page that is read after that begins too late.
// So a list of several pages is read once more from its end to its beginning:
// what moves up moves to a page that is still to be read.
func walkShrinking[T any](ctx context.Context, c *Client, what string, first *url.URL, kind kind[T], yield func([]T) error) error {
	w := newWalker(c, what, kind, yield)
	w.shrinks = true
	return w.complete(ctx, func() error {
		if err := w.forward(ctx, first); err != nil {
			return err
		}
		return w.backward(ctx, first)
	})
}

// walker is one listing under way.
type walker[T any] struct {
	c       *Client
	what    string
	kind    kind[T]
	yield   func([]T) error
	shrinks bool // items leave the list while it is read

	pages atomic.Int64
	ended atomic.Bool // a page has shown that the list ends before its total
	links atomic.Bool // a page had a link to the next

	// turn is held by whoever delivers a page, and guards what follows. It is a
	// channel and no mutex because yield may take its time, and the wait for it
	// must end with the context.
	turn    chan struct{}
	seen    idSet
	below   idSet // "directories" that were seen
	total   int   // the largest that was told
	least   int   // the smallest that this reading was told; -1 for none
	most    int   // the largest that this reading was told
	longest int   // page
	barren  int   // pages in a row that brought nothing new
}

func newWalker[T any](c *Client, what string, kind kind[T], yield func([]T) error) *walker[T] {
	return &walker[T]{c: c, what: what, kind: kind, yield: yield, turn: make(chan struct{}, 1)}
}

// failed adds what was attempted to errors of the list itself; those of calls
// say it already.
func (w *walker[T]) failed(err error) error {
	if odd, bare := err.(*oddListError); bare { //nolint:errorlint // one that is wrapped says it already
		return fmt.Errorf("%s: %w", w.what, odd)
	}
	return err
}

// complete reads the list, and once more if fewer items came than the total. The
// items of both readings count together: a list without an order may show some
// in only one of them. A total that has become smaller meanwhile is believed at the
// second reading.
func (w *walker[T]) complete(ctx context.Context, read func() error) error {
	for again := false; ; again = true {
		w.least, w.most = -1, -1
		w.ended.Store(false)
		if err := read(); err != nil {
			return w.failed(err)
		}
		want := w.most
		if again || w.shrinks {
			want = w.least
		}
		if w.seen.len() >= want {
			return nil
		}
		if again {
			return w.failed(&oddListError{fmt.Sprintf("it announces %d items and shows %d of them, also when it is read again", want, w.seen.len())})
		}
		if err := sleep.For(ctx, firstBackoff); err != nil {
			return err
		}
	}
}

// forward reads the list from its first page to its end.
func (w *walker[T]) forward(ctx context.Context, first *url.URL) error {
	p, err := readPage(ctx, w.c, w.what, first, w.kind)
	if err != nil {
		return err
	}
	if err := w.deliver(ctx, p); err != nil {
		return err
	}
	next := w.after(first, p, true)
	switch step := offset(next); {
	case next == nil:
		return nil
	case step <= 0 || p.total <= step:
		return w.follow(ctx, next, 0)
	default:
		return w.spread(ctx, next, step, p.total)
	}
}

// backward reads a list of several pages from its end to its beginning.
func (w *walker[T]) backward(ctx context.Context, first *url.URL) error {
	longest := w.longest
	for at := w.seen.len() - 1; at > 0 && w.seen.len() > longest; at -= longest {
		// The page that ends with the item at this place.
		p, err := readPage(ctx, w.c, w.what, atOffset(first, max(0, at+1-longest)), w.kind)
		if err != nil {
			return err
		}
		p.next = nil // it was read already
		if err := w.deliver(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// after is where the page after the one at u is: where its link leads or, without
// a link, at the next offset if there are more items, or may be.
func (w *walker[T]) after(u *url.URL, p *page[T], first bool) *url.URL {
	if p.next != nil {
		w.links.Store(true)
	}
	if p.next != nil || len(p.items) == 0 || w.kind.linked || offset(u) < 0 && !first {
		return p.next
	}
	at := max(0, offset(u)) + len(p.items)
	if p.total > at || p.total < 0 && len(p.items) >= pageSize && !w.links.Load() {
		return atOffset(u, at)
	}
	return nil
}

// spread reads the pages from step on, several at a time. The last one is
// followed to wherever the list ends, should it have grown.
func (w *walker[T]) spread(ctx context.Context, next *url.URL, step, total int) error {
	p := pool.New().WithContext(ctx).WithMaxGoroutines(pagesAtOnce).WithCancelOnError().WithFirstError()
	for start := step; start < total && !w.ended.Load() && ctx.Err() == nil; start += step {
		end := start + step
		if end >= total {
			end = 0
		}
		p.Go(func(ctx context.Context) error { return w.follow(ctx, atOffset(next, start), end) })
	}
	if err := p.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// follow reads pages by their links until an offset, or to the end of the list
// when until is 0.
func (w *walker[T]) follow(ctx context.Context, u *url.URL, until int) error {
	visited := make(map[string]struct{})
	for u != nil {
		if _, before := visited[u.RawQuery]; before {
			return &oddListError{"its links run in a circle"}
		}
		visited[u.RawQuery] = struct{}{}
		p, err := readPage(ctx, w.c, w.what, u, w.kind)
		if err != nil {
			return err
		}
		if err := w.deliver(ctx, p); err != nil {
			return err
		}
		if len(p.items) == 0 && p.next == nil {
			w.ended.Store(true)
			return nil
		}
		next := w.after(u, p, false)
		at := offset(next)
		if at >= 0 && at <= offset(u) {
			return &oddListError{"its links lead backwards"}
		}
		if until > 0 && at >= until {
			return nil
		}
		u = next
	}
	return nil
}

// deliver yields what is new in a page.
func (w *walker[T]) deliver(ctx context.Context, p *page[T]) error {
	if w.pages.Add(1) > maxPages {
		return &oddListError{fmt.Sprintf("it has more than %d pages", maxPages)}
	}
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	w.total, w.most, w.longest = max(w.total, p.total), max(w.most, p.total), max(w.longest, len(p.items))
	if p.total >= 0 && (w.least < 0 || p.total < w.least) {
		w.least = p.total
	}
	fresh := w.fresh(p.items)
	below := slices.DeleteFunc(p.below, func(directory string) bool { return !w.below.add(directory) })
	if w.kind.below != nil {
		w.kind.below(below)
	}
	if len(fresh) == 0 && len(below) == 0 {
		if w.barren++; w.barren >= maxBarren && p.next != nil {
			return &oddListError{"page after page brings nothing new"}
		}
		return nil
	}
	w.barren = 0
	// A list may grow while it is read, but not to twice its length.
	if w.total > 0 && w.seen.len() > 2*w.total+10*pageSize {
		return &oddListError{fmt.Sprintf("it has far more items than the %d that it claims", w.total)}
	}
	if len(fresh) == 0 {
		return nil
	}
	return w.yield(fresh)
}

// fresh leaves out the items that have been seen. It changes the slice.
func (w *walker[T]) fresh(items []T) []T {
	fresh := items[:0]
	for i := range items {
		if w.seen.add(w.kind.id(&items[i])) {
			fresh = append(fresh, items[i])
		}
	}
	return fresh
}

// idSet is a set of IDs. File IDs are 24 hexadecimal characters nearly always
// and come by the million, so that those are kept in 12 bytes.
type idSet struct {
	short map[[12]byte]struct{}
	other map[string]struct{}
}

// add puts an ID in and reports whether it is new.
func (s *idSet) add(id string) bool {
	if short, ok := pack(id); ok {
		return insert(&s.short, short)
	}
	return insert(&s.other, id)
}

// len is the number of IDs in the set.
func (s *idSet) len() int { return len(s.short) + len(s.other) }

func insert[K comparable](m *map[K]struct{}, k K) bool {
	if _, old := (*m)[k]; old {
		return false
	}
	if *m == nil {
		*m = make(map[K]struct{})
	}
	(*m)[k] = struct{}{}
	return true
}

// pack is an ID of 24 lower-case hexadecimal characters in half the space.
func pack(id string) (packed [12]byte, ok bool) {
	if len(id) != 24 {
		return packed, false
	}
	for i := range len(id) {
		if 'A' <= id[i] && id[i] <= 'F' {
			return packed, false // another ID than the one in lower case
		}
	}
	_, err := hex.Decode(packed[:], []byte(id))
	return packed, err == nil
}
