// Package cli is the program: one kong struct and one file per command, the
// wiring of all other packages, and the exit codes.
//
// Everything else in the program returns errors; only this package turns them
// into a message, a hint and an exit code, and only main exits. It is the only
// package that knows flags, signals and the environment.
package cli
