// Package plan owns the user's YAML document: it loads it, finds everything
// that is wrong with it and where, and turns it into rules that answer the
// three questions the rest of the program has: which folders can hold a file
// of this rule, does the rule take this file, and where does the file go.
//
// A plan goes through three forms: its text (source.go, syntax.go), its YAML with
// the environment put in and everything taken out that a plan may not have
// (node.go), and rules (build.go). The schema checks the YAML's values, and the
// rules are built from the same YAML.
//
// It reads no network and no files; it is handed the text and the
// environment. It is the only package that knows YAML.
package plan
