package resolve

import (
	"context"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/plan"
)

// Source is what resolve needs of the platform.
type Source interface {
	// Project reads one project.
	Project(ctx context.Context, id string) (*platform.Project, error)
	// Folder lists the direct children of a folder, or of a project's root when
	// folder is empty, and calls yield with a page at a time, never from two
	// goroutines at once, in no promised order. A file may come twice.
	Folder(ctx context.Context, project, folder string, yield func([]platform.File) error) error
	// File reads one file or folder.
	File(ctx context.Context, id string) (*platform.File, error)
	// Files reads any number of files; results[i] answers ids[i].
	Files(ctx context.Context, ids []string) ([]platform.FileResult, error)
}

// Wanted is one file that a rule selects and where it is to go.
type Wanted struct {
	Rule     *plan.Rule
	File     string // ID
	Project  string
	Path     string
	Size     int64
	Modified time.Time
	Storage  platform.Storage
	Public   bool // of the public project

	MaybePublic   bool // see platform.File.MaybePublic
	MaybeArchived bool // see platform.File.MaybeArchived, where other files of the project have a location

	Location string // empty when Blocked says why there is none

	// Blocked is why the file cannot even be compared: Folder, NotFound,
	// Forbidden, MissingValue or BadLocation. Message is the sentence for it.
	Blocked change.Reason
	Message string
}

// Result is what the rules of a plan select.
type Result struct {
	Wanted []Wanted // by rule in the plan's order, then by path, then by ID
	// Rivals are the files of rules that were left out, which nothing is done
	// for. They still keep others from their places, and their copies are still
	// to be made before a move.
	Rivals   []Wanted
	Projects map[string]*platform.Project // by ID, and by every spelling the rules use
	Rules    []change.RuleCount           // of the rules that were asked for, in the plan's order
	Warnings []string
	Listed   int // files and folders seen in listings, each counted once
	// Aliases are the aliases that were seen on the way, selected or not, if any
	// rule may replace objects.
	Aliases []Alias
}

// Alias is a file whose bytes are on a volume.
type Alias struct {
	File, Name string
	Storage    platform.Storage
}
