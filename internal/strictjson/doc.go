// Package strictjson reads JSON text and takes nothing on trust. The standard
// decoder drops members that it does not know, takes the last of two equal keys,
// matches keys in any case, and leaves out what is missing or null; in a file
// that is merged and edited by hand, or that decides what is done for ever, each
// of these would silently pick one of two truths.
//
// Unmarshal reads a whole text. A Reader is for texts of many values and of
// newer versions: it hands on the members that a struct does not know.
package strictjson
