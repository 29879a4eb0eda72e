// Package resolve turns rules into wanted exports: it walks the projects'
// folders that a pattern can reach, each once for all rules, reads the files
// that are named by ID, and works out where each selected file is to go.
//
// A run has four steps. The walk reads the folders that a rule can have
// files in, several at a time, and keeps only what a rule selects. Files
// that rules name by ID and that the walk did not see are read next. Then
// rules claim the secondary files of the files they take. Last, each file is
// settled: the first rule that moves it has it, and each rule that copies it
// has a copy. For rules that match nothing, a few folders are looked into
// for what was meant.
//
// It knows what the user wants and what files there are. What has become of
// them already, on the volume, in the job list or in the lockfile, is not
// its business but package diff's.
package resolve
