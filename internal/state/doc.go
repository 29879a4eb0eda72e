// Package state owns what a plan's runs leave on disk: the lockfile, which is
// the committed record of results; the journal, which is the crash record of
// one run; and the run lock, which keeps two runs apart.
//
// It keeps its promises against kill -9, power loss, full disks, hand edits and
// version control: a file that it replaces is the old one or the new one, never
// a mixture; a damaged file is an error that says what to do, never an empty
// result; and what it cannot read it leaves as it is.
//
// It knows nothing of HTTP, of plans, or of terminals. What an entry means for
// a wanted file is package diff's business.
package state
