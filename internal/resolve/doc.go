// Package resolve turns rules into wanted exports: it walks the projects'
// folders that a pattern can reach, each once for all rules, reads the files
// that are named by ID, and works out where each selected file is to go.
//
// Run takes its steps one after the other. The walk reads the folders that a rule
// can have files in, several at a time, and keeps only what a rule selects. Files
// that rules name by ID and that the walk did not see are read next. Then
// rules claim the secondary files of the files they take. Where rules match
// nothing, a few folders are looked into for what may have been meant. Last, each
// file is settled: the first rule that moves it gets it, and each rule that copies
// it gets a copy.
//
// There are two ways for a rule to select files: patterns are tried on every file
// that is seen, and ruleIndex.named has the rules that want a file whatever its
// path is. Another way is a step before the walk that adds to named.
//
// It knows what the user wants and what files there are. Whether they are
// exported already, going by the volume, the job list or the lockfile, is for
// package diff to tell.
package resolve
