// Package view renders: it turns problems, changesets, events and results into
// text for a person, JSON for a program and Markdown for a page. It owns the
// wording, the layout, the colours and the live line.
//
// It never fetches, never decides and never exits, and it keeps no rule of the
// tool: what is blocked or failed, and what the exit code is, it is told.
// Everything that came from the platform, a file name or a plan is made safe for
// the place it is printed to; nothing else in the program prints such text.
package view
