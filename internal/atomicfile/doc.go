// Package atomicfile reads and writes files so that neither a power cut nor
// whatever else may lie under a name does harm: a file that it replaces is the
// old one or the new one, never a mixture; what is not a regular file, such as a
// named pipe or a device, is refused at once instead of being waited for; and
// files of the program's own making are never reached through a link.
//
// It knows nothing of what is in the files.
package atomicfile
