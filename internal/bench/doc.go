// Package bench holds what the program promises to cost against what it costs:
// requests and time of a whole apply beside the least that any client could do
// with, and the time and memory of large plans and records on this machine. It
// holds tests and benchmarks alone.
//
// It owns the lower bounds. They are worked out from the numbers of files,
// folders and jobs' durations, and never from what the program did, so that
// they must not know any of its policy; of its settings they share only how
// many requests it has under way at once and what it leaves to others.
//
// The applies run in virtual time, with everything but the command line and
// the disk, against simulated platforms; TestCost holds the moderate ones to
// the promise. "make bench" adds the large ones and the benchmarks, which run
// the program itself in real time, and prints all of it as one table.
package bench
