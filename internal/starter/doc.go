// Package starter infers a plan from what a project has on volumes already: few
// rules that want its aliases just where they are, and no other file. It reads
// locations back into templates (templates.go), and looks for patterns and conditions
// that select exactly the files that a template explains (patterns.go, selection.go).
//
// It is pure: it is handed the project's files and what was seen of the volumes,
// and writes nothing. Package view writes the plan's text.
package starter
