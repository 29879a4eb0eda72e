package resolve

import (
	"context"

	"github.com/sourcegraph/conc/pool"
)

// newPool runs tasks a few at a time and gives the others up after the first
// error, which is the one that is returned.
func newPool(ctx context.Context) *pool.ContextPool {
	return pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
}

// each calls do for 0 to n-1, several at a time.
func each(ctx context.Context, n, parallel int, do func(ctx context.Context, i int) error) error {
	p := newPool(ctx).WithMaxGoroutines(parallel)
	for i := range n {
		p.Go(func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(ctx, i)
		})
	}
	return p.Wait()
}
