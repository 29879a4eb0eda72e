// Package diff compares what is wanted with what was observed and with the
// lockfile, and says what is to be done: it makes the changeset.
//
// It is pure: it asks nobody and writes nothing, so the same facts always give
// the same changeset. AskVolumes, Ask and AskOccupants say, one after the other,
// what has to be looked at, observe.Look looks, and Compute judges. Facts are
// weighed in order of authority: the file's own storage, then this user's export
// jobs, then the lockfile, and where it was looked at, what lies on the volume.
package diff
