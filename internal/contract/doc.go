// Package contract is a second local platform, for tests alone: an HTTP server
// that obeys the vendor's wire contract and uses every freedom that contract
// leaves.
//
// It exists to catch a client that has learned the habits of one server. So it
// is written from the vendor's pages only, shares nothing with the client or
// with the simulator, and imports the standard library alone. Where the vendor
// is silent, or two of his pages disagree, it answers in the least convenient of
// the permitted ways: enumerations in odd case, bulk answers in another order,
// nulls, missing and unknown fields, an alias's location as the full key. Each
// such Freedom is on unless a test tames it.
//
// It is strict about what it is sent. Whatever the contract does not allow is
// recorded as a breach and refused, never guessed at; Server.Check turns the
// breaches into test failures. What is allowed but bad manners is noted.
//
// All time is taken from package time, and there are no goroutines of its own:
// job states are worked out when they are asked for. Over Server.Transport it
// runs in the virtual time of testing/synctest, over Server.Serve in real time.
//
// It must not be used outside of tests, and knows nothing of plans or lockfiles.
package contract
