// Package platform holds the nouns of the Seven Bridges side: files, volumes,
// projects, export jobs and errors, as the rest of the program speaks of them.
//
// It is pure data. It knows nothing of HTTP or JSON (package api translates),
// of plans, or of what is to be exported; it imports only the standard library,
// so that every other package may use it.
//
// What the platform leaves open is settled here once: enumerations are
// normalised, unknown values are kept and answered for by methods, a refusal says
// by methods of Error whether it passes and what it tells of the thing asked for,
// and a volume's key and an alias's location are compared in one place.
package platform
