// Package resolve turns rules into wanted exports: it walks the projects'
// folders that a pattern can reach, each once for all rules, reads the files
// that are named by ID, and works out where each selected file is to go.
//
// It knows what the user wants and what files there are. What has become of
// them already, on the volume, in the job list or in the lockfile, is not its
// business but package diff's.
package resolve
