package api

import (
	"context"
	"log/slog"
	"time"
)

// logged writes one line for each request that is sent.
func logged(log *slog.Logger, token redactor, next doer) doer {
	return func(ctx context.Context, k *call) (*answer, error) {
		start := time.Now()
		a, err := next(ctx, k)
		if !log.Enabled(ctx, slog.LevelInfo) {
			return a, err
		}
		attrs := []slog.Attr{
			slog.String("method", k.method),
			slog.String("path", token.clean(k.url.RequestURI())),
			slog.Duration("duration", time.Since(start).Round(time.Millisecond)),
		}
		if a != nil {
			attrs = append(attrs,
				slog.Int("status", a.status),
				slog.String("request_id", a.requestID()),
				slog.String("remaining", a.header.Get(remainingHeader)))
		}
		if err != nil {
			attrs = append(attrs, slog.String("error", err.Error()))
		}
		log.LogAttrs(ctx, slog.LevelInfo, "request", attrs...)
		return a, err
	}
}
