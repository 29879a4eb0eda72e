// Package chaos is the proof of the promise that an apply can die at any
// instant: killed, interrupted, cut off by the network or by the platform, an
// apply that is run again ends where an undisturbed one would have. It holds
// tests alone.
//
// A scenario is a random small plan against a random simulated platform that
// loses connections, parts of answers and patience, and shows late what it has
// done. A life is one start of the program, which most often does not end by
// itself; what it finds of those before is everything, all but the journal, or
// the lockfile alone, on another machine. After each, whatever the lockfile says
// must be so. When one has come to its end, another must find nothing left to
// do, the platform must have seen nothing that it must never see, and platform
// and lockfile must be what a twin run has made of the same scenario without any
// trouble.
//
// What cannot be known is not asked for. Where the platform shows late what
// nothing else has on record, a file may be submitted again; it must still end
// as it should, and so one of the two things that show it, the file itself or
// the list of jobs, does so in time.
//
// Beside that, a platform that answers nonsense is never to bring a run down, or
// to make it say that all is done when it is not.
package chaos
