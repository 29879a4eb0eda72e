// Package schema owns the JSON Schemas of the three documents that users and
// other programs meet: the plan, the lockfile and the saved plan. It prints
// them, checks plans against theirs, and says what is wrong in sentences
// that need no knowledge of JSON Schema.
//
// It knows nothing of YAML, files or positions: it is handed plain values,
// and answers with the path of each violation. It is the only package that
// knows the schema library.
package schema
