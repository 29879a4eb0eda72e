// Package audit compares what is on record of exports with what was seen of the
// platform: whether finished exports are still in order, where unfinished ones
// stand, and what is exported already without being on record.
//
// It is pure: it asks nobody and writes nothing. Its Ask functions say what has
// to be looked at, observe.Look looks, and the other functions judge. What is to
// be done about a wanted file is package diff's business; how a judgement is
// shown, package view's.
package audit
