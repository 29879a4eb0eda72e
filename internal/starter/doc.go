// Package starter infers a plan from what a project has on volumes already: rules
// that want every alias just where it is, and no other file.
//
// It is pure: it is handed the project's files and what was seen of the volumes,
// and writes nothing. Package view writes the plan's text.
package starter
