package platform

import "time"

// Task is a run of an app. Times and names are zero or empty where the platform
// did not say.
type Task struct {
	ID      string
	Name    string
	App     string // "owner/project/app/revision": the app's copy in the task's project
	Project string
	Status  string // in upper case: COMPLETED, FAILED, RUNNING, ...
	Batch   bool   // it only stands for its children
	Parent  string // ID of the batch that it is a child of, or empty
	// Group is what the batch was split by, and what of it this child has: by
	// metadata keys as in "metadata.sample_id", or by other members of its input.
	Group   map[string]string
	EndedOn time.Time

	// Outputs are the task's ports, sorted by name. They are in the list of tasks on
	// some platforms only; Told says that they are here.
	Outputs []Port
	Told    bool
}

// The statuses of tasks that have ended.
const (
	TaskCompleted = "COMPLETED"
	TaskFailed    = "FAILED"
	TaskAborted   = "ABORTED"
)

// Port is one named output of a task, and the files and folders in it, secondary
// files included, in the order of the answer. A file may be gone by now.
type Port struct {
	Name  string
	Files []Output
}

// Output is a file or folder that a task has put out.
type Output struct {
	ID     string
	Folder bool
}
