//go:build unix

package chaos

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
	"sbexport/internal/state"
)

// truth is what a platform holds, to be asked.
type truth struct {
	files   map[string]simulator.FileState      // by ID
	objects map[[2]string]simulator.ObjectState // by volume and location
	jobs    map[string]simulator.JobState       // by ID
	done    map[change.Target]map[bool]bool     // whether copies and moves completed
}

func truthOf(server *simulator.Server) truth {
	is := server.State(simulator.Detail{Jobs: true, IDs: true})
	t := truth{
		map[string]simulator.FileState{},
		map[[2]string]simulator.ObjectState{},
		map[string]simulator.JobState{},
		map[change.Target]map[bool]bool{},
	}
	for _, f := range is.Files {
		t.files[f.ID] = f
	}
	for _, v := range is.Volumes {
		for _, o := range v.Objects {
			t.objects[[2]string{v.ID, o.Location}] = o
		}
	}
	for _, j := range is.Jobs {
		t.jobs[j.ID] = j
		to := change.Target{File: j.FileID, Volume: j.Volume, Location: j.Location}
		if j.State == string(platform.Completed) {
			if t.done[to] == nil {
				t.done[to] = map[bool]bool{}
			}
			t.done[to][j.CopyOnly] = true
		}
	}
	return t
}

// copied reports whether any copy of a file was made.
func (t truth) copied(file string) bool {
	for to, modes := range t.done {
		if to.File == file && modes[true] {
			return true
		}
	}
	return false
}

// honest compares what each line of a lockfile claims with what is so. Of a
// platform that mistells sizes and IDs nobody can know the right ones.
func honest(server *simulator.Server, dir string, mistold bool) error {
	lock, err := state.Load(filepath.Join(dir, lockName))
	if err != nil {
		return err
	}
	is := truthOf(server)
	var wrong []error
	for e := range lock.All() {
		if mistold {
			e.ExportID, e.Size = "", is.files[e.File].Size
		}
		for _, claim := range slices.Concat(is.job(e), is.bytes(e)) {
			wrong = append(wrong, fmt.Errorf("the lockfile says of %s that it is %s at %s:%s (copy: %v, job %q), but %s",
				e.Path, e.State, e.Volume, e.Location, e.CopyOnly, e.ExportID, claim))
		}
	}
	return errors.Join(wrong[:min(len(wrong), 5)]...)
}

// job is what is wrong with the job that an entry names.
func (t truth) job(e state.Entry) []string {
	if e.ExportID == "" {
		return nil
	}
	j, ok := t.jobs[e.ExportID]
	switch to := e.Target(); {
	case !ok:
		return []string{"there is no such job"}
	case j.FileID != to.File || j.Volume != to.Volume || j.Location != to.Location || j.CopyOnly != e.CopyOnly && !e.ModeUnknown:
		return []string{fmt.Sprintf("that job is %+v", j)}
	case e.State.Terminal() && j.State != string(e.State):
		return []string{"the job is " + j.State}
	}
	return nil
}

// bytes is what is wrong with what an entry says of where the bytes are.
func (t truth) bytes(e state.Entry) (wrong []string) {
	f := t.files[e.File]
	o, there := t.objects[[2]string{e.Volume, e.Location}]
	alias := f.Volume == e.Volume && f.Location == e.Location
	done := t.done[e.Target()]
	switch {
	case e.State == platform.Failed && e.Error != nil && e.Error.Permanent:
		if alias || len(done) > 0 {
			return []string{"it has arrived"}
		}
	case e.State != platform.Completed:
	case !there:
		return []string{"nothing is there"}
	case o.Size != f.Size || e.Size != f.Size || o.From != f.Project+":"+f.Path:
		return []string{fmt.Sprintf("what is there is %+v", o)}
	case e.CopyOnly && !done[true]:
		return []string{"it was not copied there"}
	case !e.CopyOnly && !alias:
		return []string{fmt.Sprintf("the file is at %s:%s", f.Volume, f.Location)}
	}
	return nil
}
