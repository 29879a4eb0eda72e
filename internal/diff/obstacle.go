package diff

import (
	"fmt"
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
)

// obstacles are what may stand in the way of an export, in the order in which they
// are looked for. Each says why a file cannot or must not be exported; the reason
// is empty when nothing stands in the way.
var obstacles = []func(c *comparison, i int, w *resolve.Wanted, f *facts) (change.Reason, string){
	fileObstacle, movedLately, volumeObstacle, cloudObstacle, jobElsewhere, jobOutOfSight, rival, refusedBefore, occupant,
}

// obstacle is the first that there is for a file that is not in place.
func (c *comparison) obstacle(i int, f *facts) (change.Reason, string) {
	for _, obstacle := range obstacles {
		if reason, message := obstacle(c, i, &c.wanted[i], f); reason != "" {
			return reason, message
		}
	}
	return "", ""
}

// movedLately is a move that the lockfile has as completed and of which the
// platform does not show the alias yet.
func movedLately(c *comparison, _ int, w *resolve.Wanted, _ *facts) (change.Reason, string) {
	i := slices.IndexFunc(c.moved[w.File], func(e state.Entry) bool { return c.recent(e.FinishedOn) })
	if i < 0 || w.Storage.Type != platform.OnPlatform {
		return "", ""
	}
	to := c.moved[w.File][i]
	message := fmt.Sprintf("the lockfile says that the file was moved to %s just now, and the platform does not show it yet; ", c.seen.Show(to.Place()))
	if w.Rule.CopyOnly {
		return change.Claimed, message + "only files on the platform can be copied: copy the object inside the bucket, or exclude the file"
	}
	return change.Elsewhere, message + "change the rule's volume or \"to\" to match, exclude the file, or move the object inside the bucket"
}

// fileObstacle is what the file itself says.
func fileObstacle(c *comparison, _ int, w *resolve.Wanted, _ *facts) (change.Reason, string) {
	s := w.Storage
	switch {
	case s.Alias() && w.Rule.CopyOnly:
		return change.Claimed, fmt.Sprintf("the file was moved to %s already, and only files on the platform can be copied; "+
			"copy the object inside the bucket, or exclude the file", c.seen.ShowTold(s))
	case s.Alias():
		return change.Elsewhere, fmt.Sprintf("the file was moved to %s already, and an alias cannot be exported again; "+
			"change the rule's volume or \"to\" to match, exclude the file, or move the object inside the bucket", c.seen.ShowTold(s))
	case w.Public:
		return change.Public, "public files cannot be exported; exclude the file, or set tolerate: [public]"
	case s.Archived():
		return change.Archived, "the file is archived; restore it on the platform, wait until it is back, and run again"
	case s.Type != platform.OnPlatform:
		return change.Unsupported, fmt.Sprintf("the platform says that the file's storage is of type %q, which sbexport does not know; "+
			"exclude the file, and please report this", s.Type)
	}
	return "", ""
}

// volumeObstacle is what the volume says.
func volumeObstacle(_ *comparison, _ int, w *resolve.Wanted, f *facts) (change.Reason, string) {
	id, v := w.Rule.Volume, f.v
	switch {
	case v.Err.Broken():
		return change.Forbidden, fmt.Sprintf("the platform fails whenever it is asked for volume %s or for your jobs on it, and answers for other volumes: %v; run again later, and if it stays, ask the platform's support", id, v.Err)
	case v.Err != nil && v.Volume != nil:
		return change.Forbidden, fmt.Sprintf("your jobs on volume %s may not be listed (%v), so that it is not known whether one takes the file there already; ask its owner to make you a member with write permission", id, v.Err)
	case v.Err.NotYours():
		return change.Forbidden, fmt.Sprintf("volume %s may not be read: %v; ask its owner to make you a member with write permission", id, v.Err)
	case v.Volume == nil:
		return change.VolumeNotFound, fmt.Sprintf("there is no volume %s, or you are not a member of it; check \"volume\" in the plan (owner/name)", id)
	case v.Inactive:
		return change.VolumeInactive, fmt.Sprintf("volume %s is not active; activate it on the platform and run again", id)
	case v.ReadOnly():
		return change.VolumeReadOnly, fmt.Sprintf("volume %s is read-only (access mode %s); set its access mode to RW, or use another volume", id, v.AccessMode)
	}
	return "", ""
}

// cloudObstacle is what the deployment cannot do: to another cloud than that of
// the project, where that is known, a file goes only if it is hosted there as well.
func cloudObstacle(c *comparison, _ int, w *resolve.Wanted, f *facts) (change.Reason, string) {
	cloud := f.v.Provider()
	if c.options.Deployment.CannotExportTo(f.v.Service.Type) {
		return change.Unsupported, fmt.Sprintf("CAVATICA cannot export to Google volumes such as %s; use a volume on AWS", w.Rule.Volume)
	}
	p := c.projects[w.Project]
	if p == nil || cloud == "" || p.Provider() == "" || p.Provider() == cloud || slices.ContainsFunc(w.Storage.HostedOn, func(at string) bool {
		return (&platform.Project{Location: at}).Provider() == cloud
	}) {
		return "", ""
	}
	return change.Unsupported, fmt.Sprintf("the file is in %s and volume %s is on %s: the platform exports only within one cloud; use a volume there",
		p.Location, w.Rule.Volume, cloud)
}

// jobElsewhere is an open job that takes the file to another place, unless it
// makes a copy that the plan wants there.
func jobElsewhere(c *comparison, _ int, w *resolve.Wanted, _ *facts) (change.Reason, string) {
	for _, job := range c.seen.Jobs.ByFile[w.File] {
		to := c.goal(job)
		wanted := slices.Contains(c.copies[job.File], platform.Place{Volume: to.Volume, Location: to.Location})
		if !job.State.Terminal() && to != w.Target() && !wanted {
			return change.Elsewhere, fmt.Sprintf("export job %s is taking the file to %s at this moment; run again when it has ended",
				job.ID, c.seen.Show(platform.Place{Volume: job.Volume, Location: job.Location}))
		}
	}
	return "", ""
}

// jobOutOfSight is a job that the lockfile has as open and that was not seen to
// have ended.
func jobOutOfSight(c *comparison, _ int, w *resolve.Wanted, _ *facts) (change.Reason, string) {
	if c.options.RetryFailed {
		return "", ""
	}
	for _, e := range c.open[w.File] {
		listed := func(job platform.Export) bool { return job.ID == e.ExportID }
		switch result := c.seen.Jobs.Asked[e.ExportID]; {
		case slices.ContainsFunc(c.seen.Jobs.ByFile[w.File], listed):
		case result.Export != nil && result.Export.State.Terminal(), c.goneForGood(e, result.Err):
		case result.Err.NotYours():
			return change.Forbidden, fmt.Sprintf("the lockfile says that export job %s, started by another user, carries the file, and you may not read that job; "+
				"run as that user, or with --retry-failed when you are sure that it has failed", e.ExportID)
		default:
			why := ""
			if result.Err != nil {
				why = fmt.Sprintf(" (%v)", result.Err)
			}
			return change.Forbidden, fmt.Sprintf("the lockfile says that export job %s carries the file, and that job cannot be read now%s; "+
				"run again later, or with --retry-failed when you are sure that it has ended", e.ExportID, why)
		}
	}
	return "", ""
}

// goneForGood reports whether the platform does not know a job on record, and
// that is not because it shows new jobs late.
func (c *comparison) goneForGood(e state.Entry, err *platform.Error) bool {
	return err.NotThere() && !e.StartedOn.IsZero() && c.seen.Now.Sub(e.StartedOn) >= platform.LastWord(c.options.Settle)
}

// rival is another file that is wanted at the same place.
func rival(c *comparison, i int, w *resolve.Wanted, _ *facts) (change.Reason, string) {
	n, contested := c.other[c.object(i)]
	if !contested {
		return "", ""
	}
	if c.wanted[n].File == w.File {
		n = c.first[c.object(i)]
	}
	other := &c.wanted[n]
	remedy := `make "to" tell them apart, for example with {path} or {id}`
	if t := w.Rule.Tasks; t != nil && !t.Latest && other.Rule == w.Rule {
		remedy = "if a task was run again, set latest: true in \"tasks\" to take what its last run put out; otherwise " + remedy
	}
	return change.Collision, fmt.Sprintf("%s would go to the same place; %s", other.Path, remedy)
}

// refusedBefore is a permanent failure on record.
func refusedBefore(c *comparison, _ int, w *resolve.Wanted, f *facts) (change.Reason, string) {
	entry := &f.entry
	if !f.known || entry.State != platform.Failed || entry.Error == nil || !entry.Error.Permanent || entry.ModeUnknown || c.options.RetryFailed {
		return "", ""
	}
	replaces := w.Rule.Overwrite && c.seen.There(w.Place())
	same := entry.CopyOnly == w.Rule.CopyOnly && entry.Overwrite == replaces &&
		platform.EqualProperties(entry.Properties, w.Rule.Properties)
	if !same {
		return "", ""
	}
	err := entry.Error.Refusal()
	return change.Refused, fmt.Sprintf("the platform refused it before: %v; %s; then run with --retry-failed", err, err.Explain().Fix)
}

// occupant is an object known to be at the place already. One that is another
// file's export is never replaced; any other only by a rule with overwrite.
func occupant(c *comparison, i int, w *resolve.Wanted, f *facts) (change.Reason, string) {
	const remedy = "choose another \"to\", or set overwrite: true with a limits.overwrites to replace it"
	at := w.Place()
	holders := c.holders[c.object(i)]
	n := slices.IndexFunc(holders, func(h holder) bool { return h.file != w.File })
	held := n >= 0
	switch {
	case c.seen.Gone(at):
		return "", ""
	case w.Rule.Overwrite && held:
		return change.Taken, fmt.Sprintf("the object at %s is the export of %s, %s, and is not replaced; choose another \"to\", "+
			"or, if that export is no longer wanted, move its object away in the bucket", c.seen.Show(at), holders[n].name(), holders[n].how)
	case c.seen.Objects[at].Err != nil:
		err := c.seen.Objects[at].Err
		return change.Forbidden, fmt.Sprintf("it cannot be seen whether there is an object at %s: %v; %s", c.seen.Show(at), err, err.Explain().Fix)
	case w.Rule.Overwrite:
		return "", ""
	case c.seen.There(at):
		return change.Exists, "there is an object at its place already; " + remedy
	case f.copied() && !w.Rule.CopyOnly:
		return change.Exists, "the file was copied to its place before, and that object is in the way of moving it there; " + remedy
	case held:
		return change.Exists, fmt.Sprintf("%s was exported to %s, %s; choose another \"to\"", holders[n].name(), c.seen.Show(at), holders[n].how)
	}
	return "", ""
}
