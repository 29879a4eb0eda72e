// Package strictjson reads JSON text and takes nothing on trust. The standard
// decoder drops members that it does not know, takes the last of two equal keys,
// matches keys in any case, and leaves out what is missing or null; in a file
// that is merged and edited by hand, or that decides what is done for ever, each
// of these would silently pick one of two truths.
//
// Unmarshal reads a whole value into a struct. The functions that scan a text
// are for readers that keep what they do not know, or have many values to read.
package strictjson
