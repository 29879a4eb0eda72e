// Package coverage tells what a plan makes of every file of its projects, so that
// nothing is forgotten: each file is in exactly one class, those that no rule selects
// among them.
//
// It is pure: it is handed the projects' listings, the changeset and the lockfile.
package coverage
