// Package api speaks to the Seven Bridges platform: one transport stack, and on
// it the few calls that the rest of the program needs, in the nouns of package
// platform.
//
// Each request passes the same layers, outermost first:
//
//	retry   reads are sent again; a submission only if it certainly did not arrive
//	judge   an answer becomes data or an error
//	gate    the request budget: waits until the request may be sent
//	auth    the token, for the endpoint's own host only
//	log     one line a request
//	redact  takes the token out of whatever came back
//	wire    sends it, once, and reads the whole answer
//
// What is read there is described once for each kind of thing (see kind): by that
// description one is read by its ID, many are read at once, and lists are read to
// their end.
//
// The package owns the wire formats and everything that servers, gateways and
// networks do to them. It knows nothing of plans, lockfiles or what an export is
// for, and it never decides that a submission may be repeated after its answer
// was lost: that error wraps platform.ErrOutcomeUnknown.
package api
