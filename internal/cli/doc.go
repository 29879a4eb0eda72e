// Package cli is the program: a kong struct for each command, the wiring of all
// other packages, and the exit codes. What an apply does is told in package apply;
// here it gets its flags, its terminal and its signals.
//
// Everything else in the program returns errors; only this package turns them
// into a message, a hint and an exit code, and only main exits. It is the only
// package that knows flags, signals and the environment.
package cli
