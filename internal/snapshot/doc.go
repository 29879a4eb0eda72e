// Package snapshot writes what is on a platform as a seed for the local one, so
// that a plan can be rehearsed on a likeness of the real projects, and a fault
// be shown to others without showing the data.
//
// It owns what of the platform goes into a seed, the seed's text, and the
// pseudonyms of a disguised one. It only reads. It knows nothing of HTTP,
// credentials, plans or YAML libraries: it is given a Source, and writes each
// file as a line of JSON, which is YAML too. The seed's format is that of
// package simulator, which reads it and which it does not import.
//
// # What a seed cannot say
//
// File contents are not read; the local platform makes bytes up. A file's
// hosting locations become those of its project. Metadata that is a list of one
// becomes that one; nulls are left out. A file that names no hosting location
// while others of its project do counts as archived, and one with the metadata
// of public files as public: the local platform refuses to export them, as the
// real one most likely does. Times are in whole seconds. Export jobs,
// permissions and members are not read.
package snapshot
