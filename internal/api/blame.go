package api

import "sbexport/internal/platform"

// bulkItem is one answer of a bulk call: a resource, or an error. Either may be
// there as null beside the other.
type bulkItem[T any] struct {
	Resource *T         `json:"resource"`
	Error    *wireError `json:"error"`
}

// bulkAnswer is the body of the answer to a bulk call.
type bulkAnswer[T any] struct {
	Items []bulkItem[T] `json:"items"`
}

// refusedItem is an error among the items of a bulk answer.
type refusedItem struct {
	at  int // its place in the answer
	err *platform.Error
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
// rely on one. An error's place counts if every resource is at the place of its
// request, and there are so many resources that this is no accident. Otherwise
// the errors go, in order, to the requests that are left over; where the errors
// differ, that is a guess.
//
// All this holds only for an answer that has exactly one item for each request.
// Where items are lost, doubled or somebody else's, an error may be anybody's,
// and nobody is blamed.
//
// Placed maps requests to where their resources are in the answer; left are the
// requests without one, in order.
func assign(placed map[int]int, left []int, errs []refusedItem, asked, answered int) map[int]blame {
	if answered != asked || len(errs) != len(left) {
		return nil
	}
	out := make(map[int]blame, len(left))
	if inOrder(placed) && fits(left, errs) {
		for _, e := range errs {
			out[e.at] = blame{err: e.err}
		}
		return out
	}
	unsure := !alike(errs)
	for i, e := range errs {
		out[left[i]] = blame{err: e.err, unsure: unsure}
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

// fits reports whether every error is at the place of a request that is left.
func fits(left []int, errs []refusedItem) bool {
	open := make(map[int]bool, len(left))
	for _, i := range left {
		open[i] = true
	}
	for _, e := range errs {
		if !open[e.at] {
			return false
		}
	}
	return true
}

// alike reports whether the errors say the same.
func alike(errs []refusedItem) bool {
	for _, e := range errs {
		if e.err.Code != errs[0].err.Code || e.err.Message != errs[0].err.Message {
			return false
		}
	}
	return true
}
