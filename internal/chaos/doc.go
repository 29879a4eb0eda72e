// Package chaos is the proof of the promise that an apply can die at any
// instant: killed, interrupted, cut off by the network or by the platform, an
// apply that is run again ends where an undisturbed one would have. It holds
// tests alone.
//
// A scenario is a random small plan against a random simulated platform that
// loses connections, answers and patience. A life is one start of the program,
// which most often does not end by itself. When one has, another must find
// nothing left to do, the platform must have seen nothing that it must never
// see, and platform and lockfile must be what a twin run has made of the same
// scenario without any trouble.
//
// What cannot be promised is not asked for. Where the directory of the journal
// is lost between lives, the platform lists new jobs and shows new aliases at
// once: of a job that is nowhere to be seen nobody can know.
package chaos
