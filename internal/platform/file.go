package platform

import (
	"strings"
	"time"
)

// PublicProject is the project that holds the platform's public reference
// files. They cannot be exported.
const PublicProject = "admin/sbg-public-data"

// File is a file or folder of a project.
type File struct {
	ID      string // 24 hexadecimal characters on the real service; opaque here
	Name    string // may hold anything but "/"
	Project string // "owner/short-name"
	Parent  string // ID of the containing folder; empty for a project's root
	Folder  bool
	Size    int64 // bytes; 0 when the platform did not say

	CreatedOn  time.Time // zero when the platform did not say
	ModifiedOn time.Time // zero when the platform did not say

	Storage  Storage
	Task     string // ID of the task that produced the file, or empty
	Tags     []string
	Metadata map[string][]string // one value nearly always; nulls and empty strings are left out

	// Secondary are the file's secondary files (indexes and the like), where
	// the platform lists them. Only ID and Name are sure to be set.
	Secondary []File
}

// StorageType says where a file's bytes are, in upper case.
type StorageType string

// The storage types the platform documents. Any other value means that the
// file must be left alone.
const (
	OnPlatform StorageType = "PLATFORM"
	OnVolume   StorageType = "VOLUME"
)

// Storage is where a file's bytes are.
type Storage struct {
	Type     StorageType
	HostedOn []string // "provider:region"; often missing
	Volume   string   // ID of the volume an alias points to
	Location string   // where on it: relative to the volume's prefix, or the full key
}

// Alias reports whether the file's bytes are on a volume.
func (s Storage) Alias() bool { return s.Type == OnVolume }

// Archived reports whether the platform itself calls the storage archived.
// No documented storage type does; a missing hosting location is only a hint.
func (s Storage) Archived() bool {
	t := string(s.Type)
	return strings.Contains(t, "ARCHIV") || strings.Contains(t, "GLACIER")
}

// Public reports whether the file is one of the platform's public files, which
// is certain only for files of the public project itself.
func (f *File) Public() bool { return strings.EqualFold(f.Project, PublicProject) }

// publicHint is metadata that public files carry and that travels with copies
// of them into other projects. Anyone may edit it.
const publicHint = "sbg_public_files_category"

// MaybePublic reports whether the file's metadata hints that it is a copy of a
// public file. The platform refuses to export such copies, but only its answer
// is proof.
func (f *File) MaybePublic() bool { return len(f.Metadata[publicHint]) > 0 }

// MaybeArchived reports whether the file has no hosting location, as archived
// files usually have none. Some deployments never name one, so this means
// something only where other files of the same project have one.
func (f *File) MaybeArchived() bool {
	return !f.Folder && f.Storage.Type == OnPlatform && len(f.Storage.HostedOn) == 0
}

// FileResult is one answer of a bulk request for files: exactly one of File and
// Err is set.
type FileResult struct {
	ID   string // the ID that was asked for
	File *File
	Err  *Error
}
