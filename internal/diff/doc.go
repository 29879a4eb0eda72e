// Package diff compares what is wanted with what was observed and with the
// lockfile, and says what is to be done: it makes the changeset.
//
// It is pure: it asks nobody and writes nothing, so the same facts always give
// the same changeset. AskFirst, Ask and AskOccupants say, one after the other,
// what has to be looked at, observe.Look looks, and Compute judges. Facts are
// weighed in order of authority: the file's own storage, then this user's export
// jobs, then the lockfile, and where it was looked at, what lies on the volume.
//
// For each wanted file, the first line that fits counts:
//
//	wanted as  the file        a job to the place      the lockfile      then
//	either     has no place                                              blocked (by resolve)
//	move       is there                                                  unchanged
//	copy       is not there    has copied it, and the  or has the copy   unchanged, if the object
//	                           copy was not replaced                     is not known to be gone
//	move       is no alias     ended just now, and     has the job, or   unchanged
//	                           moved it                has moved it
//	either                     is open, or its mode    or has it as      follow
//	                           is not known yet        open
//	either     alias, public, archived                                   blocked
//	either     is no alias                             has moved it      blocked
//	                                                   just now
//	either     (volume or deployment cannot)                             blocked
//	either                     to another place is     or has such a     blocked
//	                           open                    one, out of sight
//	either     (another file is wanted there)                            blocked
//	either                                             has it refused    blocked
//	either     (there is an object: see occupant)                        replace, or blocked
//	move                                                                 export
//	copy                                                                 copy
//
// "There" means that the file is an alias to the wanted place. Afterwards the move
// of a file is taken back if a copy of it that is wanted will not be made.
package diff
