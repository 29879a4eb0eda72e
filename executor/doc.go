// Package executor runs a changeset: it cuts it into bulk submissions, keeps
// several in flight, follows the jobs until they end, tries again what is worth
// trying again, and gives every file one outcome, whatever its neighbours do.
//
// Its rules are few and strict. It submits what the changeset shows and nothing
// else. Before a submission leaves, the Recorder has it on disk. A submission
// whose answer was lost is looked up, never repeated blindly. A file is moved
// only after its copies are done. When it is told to stop it submits nothing
// more, and what is open is on record.
//
// It knows neither HTTP, YAML, files nor terminals: it is given a Platform, a
// Recorder and a sink for events.
package executor
