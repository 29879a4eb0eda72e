// Package plan owns the user's YAML document: it loads it, finds everything
// that is wrong with it and where, and turns it into rules that answer the
// three questions the rest of the program has: which folders can hold a file
// of this rule, does the rule take this file, and where does the file go.
//
// It reads no network and no files; it is handed the text and the
// environment. It is the only package that knows YAML.
package plan
