// Package change holds the changeset: the computed list of what an apply would
// do, and the document it is saved as.
//
// It is pure data, made by package diff, shown by package view and run by
// package executor, which does exactly what it says and nothing beyond it. It
// knows nothing of how it came about or is carried out.
package change
