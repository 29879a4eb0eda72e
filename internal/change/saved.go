package change

import "time"

// FormatVersion is the version of the document that Document describes.
const FormatVersion = 1

// Document is a changeset as "plan --json" prints it and "plan --out" saves it.
type Document struct {
	FormatVersion int       `json:"format_version"`
	ToolVersion   string    `json:"tool_version"`
	CreatedOn     time.Time `json:"created_on"` // also the "now" that relative times of the plan were taken from
	Endpoint      string    `json:"endpoint"`
	Plan          Digest    `json:"plan"`
	Lockfile      Digest    `json:"lockfile"`
	Summary       Summary   `json:"summary"`
	Actions       []Action  `json:"actions"`
	Blocked       []Blocked `json:"blocked"`
	Unchanged     []Action  `json:"unchanged,omitempty"` // only with --full
	Warnings      []string  `json:"warnings"`
	Options       Options   `json:"options,omitzero"`
}

// Digest names a file and what was in it.
type Digest struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // hexadecimal; empty when there was no such file
}

// Options are the flags a changeset was made under that change what is in it; a
// saved plan is compared again under the same ones.
type Options struct {
	Only        []string `json:"only,omitempty"`
	Skip        []string `json:"skip,omitempty"`
	RetryFailed bool     `json:"retry_failed,omitempty"`
	CheckVolume bool     `json:"check_volume,omitempty"`
}
