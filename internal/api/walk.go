package api

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/sleep"
)

const (
	// pagesAtOnce is how many pages of one listing are under way together.
	pagesAtOnce = 4
	// maxPages bounds a listing; ten million files in one folder are not real.
	maxPages = 100_000
	// maxBarren is how many more pages than items a reading may bring: a page is
	// seen twice when the list moves while it is read, but not for ever.
	maxBarren = 50
)

// list is one list that is read to its end.
type list[W, T any] struct {
	c      *Client
	of     *kind[W, T]
	what   string          // for errors
	first  *url.URL        // its first page
	linked bool            // pages are found by their links only, and not by offset
	like   func() *url.URL // see call.like
	own    time.Duration   // see call.own
	// shrinks tells that items drop out of the list while it is read. Those behind
	// move up then, and a page that is read after that begins too late. So a list
	// of several pages is read once more from its end to its beginning: what moves
	// up moves to a page that is still to be read.
	shrinks bool
	// directories, which may be nil, takes those in a page of a volume.
	directories func([]string)

	yield func([]T) error
	ended atomic.Bool // a page has shown that the list ends before its total
	links atomic.Bool // a page had a link to the next

	// turn is held by whoever delivers a page, and guards what follows. It is a
	// channel and no mutex because yield may take its time, and the wait for it
	// must end with the context.
	turn    chan struct{}
	seen    map[string]struct{}
	below   map[string]struct{} // "directories" that were seen
	pages   int                 // of this reading
	least   int                 // the smallest total that this reading was told; -1 for none
	most    int                 // the largest
	longest int                 // page
}

// read reads the list to its end and yields its items, each once, a page at a
// time and never two at once. Where the platform tells the total and pages by
// offset, pages are read several at a time; else one after the other, by their
// links. A list that comes out shorter than the total is read once more, and is an
// error if it is short again: the items of both readings count together, as a list
// without an order may show some in only one of them. A total that has become
// smaller meanwhile is believed at the second reading.
func (l *list[W, T]) read(ctx context.Context, yield func([]T) error) error {
	l.yield = yield
	for again := false; ; again = true {
		l.pages, l.least, l.most = 0, -1, -1
		l.ended.Store(false)
		err := l.forward(ctx)
		if err == nil && l.shrinks {
			err = l.backward(ctx)
		}
		if err != nil {
			return l.failed(err)
		}
		want := l.most
		if again || l.shrinks {
			want = l.least
		}
		if len(l.seen) >= want {
			return nil
		}
		if again {
			return l.failed(&oddListError{fmt.Sprintf("it announces %d items and shows %d of them, also when it is read again", want, len(l.seen))})
		}
		if err := sleep.For(ctx, firstBackoff); err != nil {
			return err
		}
	}
}

// failed adds what was attempted to errors of the list itself; those of calls
// say it already.
func (l *list[W, T]) failed(err error) error {
	if odd, bare := err.(*oddListError); bare { //nolint:errorlint // one that is wrapped says it already
		return fmt.Errorf("%s: %w", l.what, odd)
	}
	return err
}

// forward reads the list from its first page to its end.
func (l *list[W, T]) forward(ctx context.Context) error {
	p, err := l.take(ctx, l.first)
	if err != nil {
		return err
	}
	next := l.after(l.first, p)
	switch step := offset(next); {
	case next == nil:
		return nil
	case step <= 0 || p.total <= step:
		return l.follow(ctx, next, 0)
	default:
		return l.spread(ctx, next, step, p.total)
	}
}

// backward reads a list of several pages from its end to its beginning.
func (l *list[W, T]) backward(ctx context.Context) error {
	longest := l.longest
	for at := len(l.seen) - 1; at > 0 && len(l.seen) > longest; at -= longest {
		// The page that ends with the item at this place.
		if _, err := l.take(ctx, atOffset(l.first, max(0, at+1-longest))); err != nil {
			return err
		}
	}
	return nil
}

// after is where the page after the one at u is: where its link leads or, without
// a link, at the next offset if there are more items, or may be.
func (l *list[W, T]) after(u *url.URL, p *page[W]) *url.URL {
	if p.next != nil {
		l.links.Store(true)
	}
	if p.next != nil || len(p.items) == 0 || l.linked || offset(u) < 0 && u != l.first {
		return p.next
	}
	at := max(0, offset(u)) + len(p.items)
	if p.total > at || p.total < 0 && len(p.items) >= pageSize && !l.links.Load() {
		return atOffset(u, at)
	}
	return nil
}

// spread reads the pages from step on, several at a time. The last one is
// followed to wherever the list ends, should it have grown.
func (l *list[W, T]) spread(ctx context.Context, next *url.URL, step, total int) error {
	p := pool.New().WithContext(ctx).WithMaxGoroutines(pagesAtOnce).WithCancelOnError().WithFirstError()
	for start := step; start < total && !l.ended.Load() && ctx.Err() == nil; start += step {
		end := start + step
		if end >= total {
			end = 0
		}
		p.Go(func(ctx context.Context) error { return l.follow(ctx, atOffset(next, start), end) })
	}
	if err := p.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// follow reads pages by their links until an offset, or to the end of the list
// when until is 0.
func (l *list[W, T]) follow(ctx context.Context, u *url.URL, until int) error {
	visited := map[string]struct{}{}
	for u != nil {
		if !insert(visited, u.RawQuery) {
			return &oddListError{"its links run in a circle"}
		}
		p, err := l.take(ctx, u)
		if err != nil {
			return err
		}
		if len(p.items) == 0 && p.next == nil {
			l.ended.Store(true)
			return nil
		}
		u = l.after(u, p)
		if until > 0 && offset(u) >= until {
			return nil
		}
	}
	return nil
}

// take reads a page and yields what is new in it.
func (l *list[W, T]) take(ctx context.Context, u *url.URL) (*page[W], error) {
	p, err := l.readPage(ctx, u)
	if err != nil {
		return nil, err
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	l.most, l.longest = max(l.most, p.total), max(l.longest, len(p.items))
	if p.total >= 0 && (l.least < 0 || p.total < l.least) {
		l.least = p.total
	}
	below := slices.DeleteFunc(p.below, func(directory string) bool { return !insert(l.below, directory) })
	if l.directories != nil {
		l.directories(below)
	}
	var items []T
	for i := range p.items {
		if insert(l.seen, l.of.id(&p.items[i])) {
			items = append(items, l.of.value(&p.items[i]))
		}
	}
	l.pages++
	switch {
	case p.next != nil && l.pages > len(l.seen)+len(l.below)+maxBarren:
		return nil, &oddListError{"page after page brings nothing new"}
	case l.pages > maxPages:
		return nil, &oddListError{fmt.Sprintf("it has more than %d pages", maxPages)}
	case l.most > 0 && len(l.seen) > 2*l.most+10*pageSize:
		// A list may grow while it is read, but not to twice its length.
		return nil, &oddListError{fmt.Sprintf("it has far more items than the %d that it claims", l.most)}
	case len(items) == 0:
		return p, nil
	}
	return p, l.yield(items)
}

// insert puts an ID into a set and reports whether it is new.
func insert(set map[string]struct{}, id string) bool {
	before := len(set)
	set[id] = struct{}{}
	return len(set) > before
}
