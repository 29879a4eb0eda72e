package change

import (
	"cmp"
	"time"
)

// Kind is what an action does.
type Kind string

// The kinds of action.
const (
	// Export moves a platform file to the volume: the file becomes an alias and
	// the platform's copy is deleted for ever.
	Export Kind = "export"
	// Copy copies a platform file to the volume and leaves the file alone.
	Copy Kind = "copy"
	// Replace is an Export or a Copy (see Action.CopyOnly) that deletes an
	// object already at its key first.
	Replace Kind = "replace"
	// Follow waits for a job that was submitted before; see Action.Again.
	Follow Kind = "follow"
	// Unchanged means that the file is where it is wanted.
	Unchanged Kind = "unchanged"
)

// Kinds lists the kinds that are work, in the order they are shown in: what
// destroys most comes first.
var Kinds = []Kind{Replace, Export, Copy, Follow}

// Symbol is the one-character sign that the kind is shown by.
func (k Kind) Symbol() string {
	return cmp.Or(map[Kind]string{Export: ">", Copy: "+", Replace: "!", Follow: "~"}[k], " ")
}

// Action is one wanted file and what is to be done for it.
type Action struct {
	Kind       Kind               `json:"action"`
	Rule       string             `json:"rule"`
	File       string             `json:"file"`    // the file's ID
	Project    string             `json:"project"` // of the file
	Path       string             `json:"path"`    // inside the project
	Size       int64              `json:"size"`    // bytes
	Volume     string             `json:"volume"`
	Location   string             `json:"location"` // relative to the volume's prefix
	Key        string             `json:"key"`      // prefix and location
	Prefix     string             `json:"-"`        // of the volume; how the platform joins it to the location is not sure
	CopyOnly   bool               `json:"copy_only"`
	Overwrite  bool               `json:"overwrite"`
	Replaces   *Object            `json:"replaces,omitempty"`   // by a Replace, or by a Follow's Again, as it was seen; may be nil
	Properties map[string]*string `json:"properties,omitempty"` // shared between actions; not to be changed

	// ModeUnknown tells of a Follow that nobody knows whether its job moves or
	// copies the file: CopyOnly says nothing then.
	ModeUnknown bool `json:"mode_unknown,omitempty"`
	// Contrary tells of a Follow that its job copies what the rule moves by now, or
	// moves what it copies.
	Contrary bool `json:"-"`
	// Again is what a Follow is submitted as if its job fails: in passing, when
	// the job is known to be what the rule still says; or in whatever way, as
	// the rule says, when it is not known what the job was (but a Replace only
	// after a failure in passing). It is empty where
	// nothing may be submitted.
	Again Kind `json:"again,omitempty"`
	// ExportID is the job that a Follow waits for, or that an Unchanged file
	// came by, where known.
	ExportID string `json:"export_id,omitempty"`
	// Earlier is the job that the lockfile has for the target, and that has ended.
	Earlier string `json:"-"`
	// Record tells that an Unchanged file is in place but that the lockfile
	// does not say so yet: apply writes it down.
	Record bool `json:"record,omitempty"`
	// FinishedOn is when the job of an Unchanged file ended, or of a Follow that
	// has completed, where known.
	FinishedOn time.Time `json:"finished_on,omitzero"`
	// ModifiedOn is the file's modification time as it was seen, by which a
	// saved plan notices that a file has changed since.
	ModifiedOn time.Time `json:"modified_on,omitzero"`
}

// Object is an object that would be deleted and replaced, as far as the platform
// tells which it is.
type Object struct {
	Size       *int64    `json:"size,omitempty"` // bytes
	ETag       string    `json:"etag,omitempty"`
	MD5        string    `json:"md5,omitempty"`
	Generation string    `json:"generation,omitempty"`
	ModifiedOn time.Time `json:"modified_on,omitzero"`
}

// Differs reports whether it is certainly not the same object as another: what
// the platform has told of only one of them shows nothing.
func (o *Object) Differs(p *Object) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	return o != nil && p != nil && (o.Size != nil && p.Size != nil && *o.Size != *p.Size ||
		differ(o.ETag, p.ETag) || differ(o.MD5, p.MD5) || differ(o.Generation, p.Generation) ||
		!o.ModifiedOn.IsZero() && !p.ModifiedOn.IsZero() && !o.ModifiedOn.Equal(p.ModifiedOn))
}

// Moves reports whether the action ends with the platform's copy deleted.
func (a *Action) Moves() bool { return !a.CopyOnly && !a.ModeUnknown && a.Kind != Unchanged }

// Place is how people are shown a place on a volume: VOLUME:KEY. Where the key is
// not known, what comes after the volume's prefix stands for it; where there is
// neither, there is no place.
func Place(volume, key, location string) string {
	if key = cmp.Or(key, location); key == "" {
		return ""
	}
	return volume + ":" + key
}

// Place is where the action puts its object, as people are shown it.
func (a *Action) Place() string { return Place(a.Volume, a.Key, a.Location) }

// Target names what an action is about: a file and where it is to go. No two
// actions of a changeset have the same.
type Target struct {
	File, Volume, Location string
}

// Target is the action's target.
func (a *Action) Target() Target { return Target{a.File, a.Volume, a.Location} }

// Reason is why a file is blocked.
type Reason string

// The reasons, in the order they are shown in.
const (
	Elsewhere      Reason = "elsewhere"        // alias on another volume or location
	Public         Reason = "public"           // file of the public project
	Archived       Reason = "archived"         // the platform says so
	Folder         Reason = "folder"           // a folder was named by ID
	NotFound       Reason = "not_found"        // no such file
	Forbidden      Reason = "forbidden"        // not readable or not ours
	Collision      Reason = "collision"        // two files come out at one place
	Claimed        Reason = "claimed"          // a copy is wanted of a file that is an alias already
	Exists         Reason = "exists"           // an object is there, and no overwrite
	Taken          Reason = "taken"            // the object there is another file's export
	MissingValue   Reason = "missing_value"    // a placeholder has no value
	BadLocation    Reason = "bad_location"     // the location is not a good key
	VolumeNotFound Reason = "volume_not_found" // no such volume
	VolumeReadOnly Reason = "volume_read_only" // access mode is not RW
	VolumeInactive Reason = "volume_inactive"  // volume is switched off
	Unsupported    Reason = "unsupported"      // the deployment or cloud cannot
	Refused        Reason = "refused"          // it failed permanently before
)

// Reasons lists every reason, in the order they are shown in.
var Reasons = []Reason{
	Elsewhere, Public, Archived, Folder, NotFound, Forbidden, Collision, Claimed, Exists, Taken,
	MissingValue, BadLocation, VolumeNotFound, VolumeReadOnly, VolumeInactive, Unsupported, Refused,
}

// Blocked is a wanted file that cannot or must not be exported.
type Blocked struct {
	Reason    Reason `json:"reason"`
	Rule      string `json:"rule"`
	File      string `json:"file"` // the file's ID
	Project   string `json:"project,omitempty"`
	Path      string `json:"path,omitempty"`
	Size      int64  `json:"size,omitempty"`
	Volume    string `json:"volume"`
	Location  string `json:"location"`            // empty when none could be worked out
	Key       string `json:"key,omitempty"`       // prefix and location; empty where the prefix is not known
	Message   string `json:"message"`             // a sentence that says what to do
	Tolerated bool   `json:"tolerated,omitempty"` // expected by the plan; does not make a run incomplete
}

// Place is where the file is wanted, as people are shown it.
func (b *Blocked) Place() string { return Place(b.Volume, b.Key, b.Location) }

// Changeset is what an apply would do: every wanted file is in exactly one of
// Actions, Unchanged and Blocked.
type Changeset struct {
	Identity  Identity
	Actions   []Action // work, in the plan's order
	Unchanged []Action
	Blocked   []Blocked
	Warnings  []string
	Refusals  []string // why apply will refuse all of it, each as a sentence
	// Corrected is what the lockfile has otherwise than the platform shows it:
	// apply records what is shown, whatever else becomes of the file.
	Corrected []Action

	// Rules is what each rule of the plan came to, in the plan's order.
	Rules []RuleCount
	// Savings are what the rules free on the platform, where that was asked for.
	Savings []Saving
	// Billed is the storage of the projects that their billing groups pay for, where
	// that was asked for and may be read.
	Billed []Billed
	// Requests is how many API requests an apply will take from here on; the
	// number cannot count retries.
	Requests int
	// AtLeast is how long these requests take at the least, because of the
	// platform's limit alone; 0 when it leaves enough of them.
	AtLeast time.Duration
}

// Identity says who acts, on what, and whereto: what a person makes sure of
// before anything else. The platform is the caller's to name.
type Identity struct {
	User     string        `json:"user,omitempty"` // empty when the platform did not say
	Projects []string      `json:"projects,omitempty"`
	Selected int           `json:"files_selected"`
	Listed   int           `json:"files_listed"` // files seen in listings; those named by their IDs need none
	Volumes  []Destination `json:"volumes,omitempty"`
}

// Destination is a volume that files are to go to.
type Destination struct {
	Volume string `json:"volume"`
	URL    string `json:"url,omitempty"`    // of its bucket and prefix; empty where the platform does not say
	Prefix string `json:"prefix,omitempty"` // what keys on it begin with, before the location; tells something only beside a URL
}

// RuleCount is what one rule selected.
type RuleCount struct {
	Rule     string
	Selected int        // files the rule wants
	Shadowed int        // files it would also have taken, had not an earlier rule done so
	Tasks    *TaskCount // of a rule that takes the outputs of tasks
}

// TaskCount is how many tasks match a rule, and how many of them have outputs that
// it takes.
type TaskCount struct{ Matched, WithOutputs int }

// Saving is what the moves of one rule free on the platform at the most: the bytes of
// copies of a file are freed with the last one, and nobody tells which files are
// copies.
type Saving struct {
	Rule   string `json:"rule"`
	Freed  int64  `json:"freed_bytes_at_most"`
	Copies int64  `json:"perhaps_copies_bytes"` // of Freed: files with a namesake of the same size on the platform
	// PerMonth is the money that this saves, in the currency of the plan's prices; nil
	// where it has none.
	PerMonth *float64 `json:"per_month_at_most,omitempty"`
}

// Billed is a project's storage as the platform's own breakdown has it, which knows
// projects by their names and creators.
type Billed struct {
	Project  string `json:"project"`            // its ID
	Location string `json:"location,omitempty"` // where the storage is
	Active   Amount `json:"active"`
	Archived Amount `json:"archived"`
}

// Amount is an amount as the platform tells it.
type Amount struct {
	Size float64 `json:"size"`
	Unit string  `json:"unit,omitempty"`
}

// Summary counts a changeset.
type Summary struct {
	Export    int   `json:"export"`
	Copy      int   `json:"copy"`
	Replace   int   `json:"replace"`
	Follow    int   `json:"follow"`
	Unchanged int   `json:"unchanged"`
	Blocked   int   `json:"blocked"`
	Bytes     int64 `json:"bytes"`    // of all actions
	Requests  int   `json:"requests"` // see Changeset.Requests
}

// Summary counts the changeset.
func (c *Changeset) Summary() Summary {
	s := Summary{Unchanged: len(c.Unchanged), Blocked: len(c.Blocked), Requests: c.Requests}
	kinds := map[Kind]int{}
	for i := range c.Actions {
		kinds[c.Actions[i].Kind]++
		s.Bytes += c.Actions[i].Size
	}
	s.Export, s.Copy, s.Replace, s.Follow = kinds[Export], kinds[Copy], kinds[Replace], kinds[Follow]
	return s
}

// Incomplete counts the blocked files that the plan does not tolerate.
func (c *Changeset) Incomplete() int {
	n := 0
	for i := range c.Blocked {
		if !c.Blocked[i].Tolerated {
			n++
		}
	}
	return n
}
