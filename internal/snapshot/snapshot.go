package snapshot

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"

	"sbexport/internal/platform"
)

// Source is the platform that is read.
type Source interface {
	User(ctx context.Context) (string, error)
	Project(ctx context.Context, id string) (*platform.Project, error)
	// Folder lists the direct children of a folder, or of a project's root when
	// folder is empty, a page at a time.
	Folder(ctx context.Context, project, folder string, yield func([]platform.File) error) error
	// Tasks lists the tasks of a project that have a status, or all.
	Tasks(ctx context.Context, project, status string) ([]platform.Task, error)
	// Outputs reads into tasks what they have put out, where their list did not tell it.
	Outputs(ctx context.Context, tasks []*platform.Task) error
	Volume(ctx context.Context, id string) (*platform.Volume, error)
	// ObjectTree lists all objects of a volume, a page at a time.
	ObjectTree(ctx context.Context, volume string, yield func([]platform.Object) error) error
}

// Options say what is read and how it is written.
type Options struct {
	Projects   []string // IDs
	Volumes    []string // IDs; those that aliases point to come by themselves
	Objects    bool     // the objects of the volumes too; otherwise only those of aliases
	Deployment platform.Deployment
	Disguise   *Disguise                // nil to write everything as it is
	Progress   func(files, folders int) // told of every page; may be nil
}

// Summary is what a seed holds.
type Summary struct {
	Projects int      `json:"projects"`
	Folders  int      `json:"folders"`
	Files    int      `json:"files"`
	Aliases  int      `json:"aliases"`
	Tasks    int      `json:"tasks"`
	Volumes  int      `json:"volumes"`
	Objects  int      `json:"objects"` // listed as such
	Notes    []string `json:"notes"`   // what is not as it is on the platform
}

// MaxSeed is the largest seed that the local platform reads, in bytes.
const MaxSeed = 64 << 20

// ErrTooLarge is the error of a snapshot that the local platform would not read.
var ErrTooLarge = fmt.Errorf("the seed would be larger than the %d MiB that the local platform reads", MaxSeed>>20)

// ownedID is the form of project and volume IDs that a seed takes.
var ownedID = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)

// Write reads the projects and volumes and writes the seed, a project at a time.
// The same platform gives the same bytes. After an error what was written is no
// seed.
func Write(ctx context.Context, w io.Writer, src Source, o Options) (Summary, error) {
	user, err := src.User(ctx)
	if err != nil {
		return Summary{}, err
	}
	s := &snapshot{src: src, o: o, out: bufio.NewWriterSize(w, 1<<16), pointedTo: map[string]int{}}
	s.summary.Notes = []string{}
	s.head(user)
	if err := s.projects(ctx); err != nil {
		return s.summary, err
	}
	if err := s.volumes(ctx); err != nil {
		return s.summary, err
	}
	if s.onSite && !s.hosted { // nor does the local platform tell where files are hosted
		s.line("quirks: {no_hosted_on_locations: true}")
	}
	if err := s.soFar(); err != nil {
		return s.summary, err
	}
	s.tell()
	return s.summary, nil
}

// snapshot is a seed that is being written. The writer keeps its first error.
type snapshot struct {
	src       Source
	o         Options
	out       *bufio.Writer
	size      int // of what was written, in bytes
	summary   Summary
	hosted    bool           // some file names a hosting location
	onSite    bool           // some file is on the platform
	pointedTo map[string]int // volumes by the number of aliases that point to them
	left      leftOut
}

// leftOut counts what a seed cannot hold.
type leftOut struct{ names, twins, ids, keys, storage, tasks int }

func (s *snapshot) line(parts ...string) {
	for _, p := range parts {
		_, _ = s.out.WriteString(p)
		s.size += len(p)
	}
	_ = s.out.WriteByte('\n')
}

// soFar tells what is wrong with what was written, so that nothing more is listed
// in vain.
func (s *snapshot) soFar() error {
	if s.size > MaxSeed {
		return ErrTooLarge
	}
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("writing the seed: %w", err)
	}
	return nil
}

func (s *snapshot) head(user string) {
	s.line(`# A seed for the local platform: rehearse on it with --simulator, or serve it`)
	s.line(`# with "sbexport simulate".`)
	s.line("user: ", flow(s.o.Disguise.text(user)))
	if s.o.Deployment != "" {
		s.line("platform: ", flow(string(s.o.Deployment)))
	}
}

func (s *snapshot) projects(ctx context.Context) error {
	if len(s.o.Projects) == 0 {
		return nil
	}
	s.line("projects:")
	for _, id := range slices.Compact(slices.Sorted(slices.Values(s.o.Projects))) {
		p, err := s.src.Project(ctx, id)
		if err != nil {
			return err
		}
		found, err := s.walk(ctx, id)
		if err != nil {
			return err
		}
		tasks, err := s.tasks(ctx, id)
		if err != nil {
			return err
		}
		if err := s.project(p, found, tasks); err != nil {
			return err
		}
		if err := s.soFar(); err != nil {
			return err
		}
	}
	return nil
}

// owned is a project's or volume's ID as the seed has it.
func (s *snapshot) owned(what, id string) (string, error) {
	named := s.o.Disguise.owned(id)
	if !ownedID.MatchString(named) {
		return "", fmt.Errorf("writing %s %q: a seed takes only letters, digits and the characters _.- in IDs", what, id)
	}
	return named, nil
}

// tell notes what the seed cannot hold.
func (s *snapshot) tell() {
	for _, n := range []struct {
		count int
		what  string
	}{
		{s.left.names, "files or folders are left out: their names or paths are too long, or are none"},
		{s.left.twins, "files are left out: another entry of their folder has the same name"},
		{s.left.ids, "files or folders get other IDs: theirs are not of 24 hexadecimal characters"},
		{s.left.keys, "metadata keys are left out: they are longer than a seed takes"},
		{s.left.tasks, "tasks are left out: they have no name, or their app's ID is of another form than a seed takes"},
		{s.left.storage, "files have a storage type that is not known, and count as files on the platform"},
	} {
		if n.count > 0 {
			s.summary.Notes = append(s.summary.Notes, fmt.Sprintf("%d %s", n.count, n.what))
		}
	}
}

// volumes writes the volumes that were asked for and those that aliases point to.
func (s *snapshot) volumes(ctx context.Context) error {
	ids := slices.Compact(slices.Sorted(slices.Values(slices.Concat(s.o.Volumes, slices.Collect(maps.Keys(s.pointedTo))))))
	if len(ids) == 0 {
		return nil
	}
	s.line("volumes:")
	for _, id := range ids {
		v, err := s.src.Volume(ctx, id)
		if platform.Refusal(err).Hidden() && !slices.Contains(s.o.Volumes, id) {
			s.summary.Notes = append(s.summary.Notes,
				fmt.Sprintf("volume %q, which aliases point to, could not be read; the seed has it with usual settings", id))
			v, err = &platform.Volume{ID: id}, nil
		}
		if err != nil {
			return err
		}
		if err := s.volume(ctx, v, slices.Contains(s.o.Volumes, id)); err != nil {
			return err
		}
	}
	return nil
}

// volume writes a volume, with its objects if they are wanted.
func (s *snapshot) volume(ctx context.Context, v *platform.Volume, asked bool) error {
	id, err := s.owned("volume", v.ID)
	if err != nil {
		return err
	}
	s.summary.Volumes++
	s.line("  - id: ", flow(id))
	set := func(key, value string) {
		if value != "" {
			s.line("    ", key, ": ", flow(value))
		}
	}
	if v.Provider() != "" {
		set("type", v.Service.Type)
	}
	if v.AccessMode == "RO" || v.AccessMode == "RW" {
		set("access_mode", v.AccessMode)
	}
	if v.Inactive {
		s.line("    active: false")
	}
	if v.ExportRefused {
		s.line("    export_enabled: false")
	}
	set("bucket", s.o.Disguise.text(v.Service.Bucket))
	set("prefix", s.o.Disguise.text(v.Service.Prefix))
	if s.o.Disguise == nil {
		set("endpoint", v.Service.Endpoint)
	}
	if !s.o.Objects || !asked || v.Inactive {
		return nil
	}
	return s.objects(ctx, v.ID)
}

// seedObject is an object as a seed has it.
type seedObject struct {
	Location string `json:"location"`
	Size     *int64 `json:"size,omitempty"`
}

// objects writes the objects of a volume. Those of aliases are among them, which
// is no harm: the local platform puts them in the same place.
func (s *snapshot) objects(ctx context.Context, volume string) error {
	first := true
	err := s.src.ObjectTree(ctx, volume, func(page []platform.Object) error {
		for _, found := range page {
			if first {
				s.line("    objects:")
				first = false
			}
			o := seedObject{Location: s.o.Disguise.text(found.Location)}
			if found.Size >= 0 {
				o.Size = &found.Size
			}
			s.line("      - ", flow(o))
			s.summary.Objects++
		}
		return s.soFar()
	})
	if err != nil {
		return fmt.Errorf("writing the objects of volume %q: %w", volume, err)
	}
	return nil
}
