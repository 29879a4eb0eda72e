// Package report makes one HTML page of what a plan's exports have come to: the
// totals, a picture of what went where, the course of each run, the failures
// with their remedies, and every file in a table that can be searched.
//
// It owns the page, its style and its script, which are embedded and written
// into the page: the page loads nothing, sends nothing and works from a disk.
// The same input gives the same bytes.
//
// It never fetches, never decides what a state means for a wanted file, and
// knows neither the command line nor the terminal. Whatever comes from the
// platform, a plan or a file name is data in the page and never markup.
package report
