package api

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"
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
// links. What id is the same counts as the same item; nil for items that have
// none.
func walk[T any](ctx context.Context, c *Client, what string, first *url.URL, id func(*T) string, yield func([]T) error) error {
	w := &walker[T]{c: c, what: what, id: id, yield: yield, turn: make(chan struct{}, 1)}
	p, err := readPage[T](ctx, c, what, first)
	if err != nil {
		return err
	}
	if err := w.deliver(ctx, p); err != nil {
		return w.failed(err)
	}
	next, step := p.next, offset(p.next)
	if next == nil && p.total > len(p.items) && len(p.items) > 0 {
		// There is more, but no link to it.
		step = len(p.items)
		next = atOffset(first, step)
	}
	switch {
	case next == nil:
		return nil
	case step <= 0 || p.total <= step:
		return w.failed(w.follow(ctx, next, 0))
	}
	return w.failed(w.spread(ctx, next, step, p.total))
}

// walkShrinking is walk for a list whose items drop out of it while it is read.
// Those behind move up then, and a page that is read after that begins too late.
// So a list of several pages is read once more from its end to its beginning:
// what moves up moves to a page that is still to be read.
func walkShrinking[T any](ctx context.Context, c *Client, what string, first *url.URL, id func(*T) string, yield func([]T) error) error {
	w := &walker[T]{c: c, what: what, id: id, yield: yield, turn: make(chan struct{}, 1)}
	longest := 0
	err := walk(ctx, c, what, first, id, func(items []T) error {
		longest = max(longest, len(items))
		return w.deliver(ctx, &page[T]{items: items, total: -1})
	})
	if err != nil {
		return err
	}
	for at := w.seen.len() - 1; at > 0 && w.seen.len() > longest; at -= longest {
		// The page that ends with the item at this place.
		p, err := readPage[T](ctx, c, what, atOffset(first, max(0, at+1-longest)))
		if err != nil {
			return err
		}
		if err := w.deliver(ctx, &page[T]{items: p.items, total: -1}); err != nil {
			return w.failed(err)
		}
	}
	return nil
}

// walker is one listing under way.
type walker[T any] struct {
	c     *Client
	what  string
	id    func(*T) string
	yield func([]T) error

	pages atomic.Int64
	ended atomic.Bool // a page has shown that the list ends before its total

	// turn is held by whoever delivers a page, and guards what follows. It is a
	// channel and no mutex because yield may take its time, and the wait for it
	// must end with the context.
	turn   chan struct{}
	seen   idSet
	total  int // the largest that was told
	barren int // pages in a row that brought nothing new
}

// failed says what was attempted in errors that no call has said it in.
func (w *walker[T]) failed(err error) error {
	var odd *oddListError
	if errors.As(err, &odd) {
		return fmt.Errorf("%s: %w", w.what, err)
	}
	return err
}

// oddListError is a listing that cannot be right as a whole.
type oddListError struct{ problem string }

func (e *oddListError) Error() string { return "the platform's list cannot be right: " + e.problem }

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
		p, err := readPage[T](ctx, w.c, w.what, u)
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
		at := offset(p.next)
		if at >= 0 && at <= offset(u) {
			return &oddListError{"its links lead backwards"}
		}
		if until > 0 && at >= until {
			return nil
		}
		u = p.next
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
	w.total = max(w.total, p.total)
	fresh, err := w.fresh(p.items)
	if err != nil {
		return err
	}
	if len(fresh) == 0 {
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
	return w.yield(fresh)
}

// fresh leaves out the items that have been seen. It changes the slice.
func (w *walker[T]) fresh(items []T) ([]T, error) {
	if w.id == nil {
		return items, nil
	}
	fresh := items[:0]
	for i := range items {
		id := w.id(&items[i])
		if id == "" {
			return nil, &oddListError{"an item has no ID"}
		}
		if w.seen.add(id) {
			fresh = append(fresh, items[i])
		}
	}
	return fresh, nil
}
