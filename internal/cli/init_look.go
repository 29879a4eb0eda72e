package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sbexport/internal/platform"
)

const (
	// lookLimit bounds how long init asks the platform: it has to work where
	// there is none to be reached.
	lookLimit = 20 * time.Second
	// offered is how many projects or volumes are listed to choose from.
	offered = 20
)

// look finds out what the credentials are good for. It fails only when the user
// does not want to wait.
func (s *started) look(ctx context.Context, r *remote) error {
	limited, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	user, err := r.User(limited)
	if err != nil {
		s.trouble(limited, "the credentials could not be checked", err)
		return ctx.Err()
	}
	s.User = user
	project, err := s.lookAtProject(limited, r)
	if err != nil {
		s.trouble(limited, "the project could not be checked", err)
	}
	if err := s.lookAtVolume(limited, r, project); err != nil {
		s.trouble(limited, "the volume could not be checked", err)
	}
	return ctx.Err()
}

// trouble warns of an error, with what to do about it.
func (s *started) trouble(ctx context.Context, what string, err error) {
	refused := platform.Refusal(err)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		s.warn("%s: the platform did not answer within %v", what, lookLimit)
	case refused != nil:
		s.warn("%s: %v: %s", what, err, refused.Explain().Fix)
	default:
		s.warn("%s: %v", what, err)
	}
}

// lookAtProject checks the project, or finds the only one there is; else the
// project is nil.
func (s *started) lookAtProject(ctx context.Context, r *remote) (*platform.Project, error) {
	if s.Project != "" {
		p, err := r.Project(ctx, s.Project)
		if !missing(err) {
			return p, err
		}
		s.trouble(ctx, fmt.Sprintf("project %q cannot be used", s.Project), err)
	}
	all, err := r.Projects(ctx)
	if err != nil {
		return nil, err
	}
	if s.Project == "" && len(all) == 1 {
		s.Project = all[0].ID
		return &all[0], nil
	}
	for _, p := range all[:min(len(all), offered)] {
		s.Projects = append(s.Projects, p.ID)
	}
	return nil, nil //nolint:nilnil // documented
}

// lookAtVolume checks the volume, or finds the only one there is.
func (s *started) lookAtVolume(ctx context.Context, r *remote, project *platform.Project) error {
	if s.Volume != "" {
		v, err := r.Volume(ctx, s.Volume)
		if !missing(err) {
			if err == nil {
				s.judge(v, project, r.deployment)
			}
			return err
		}
		s.trouble(ctx, fmt.Sprintf("volume %q cannot be used", s.Volume), err)
	}
	all, err := r.Volumes(ctx)
	if err != nil {
		return err
	}
	if s.Volume == "" && len(all) == 1 {
		s.Volume = all[0].ID
		s.judge(&all[0], project, r.deployment)
		return nil
	}
	for _, v := range all[:min(len(all), offered)] {
		s.Volumes = append(s.Volumes, v.ID+usable(&v))
	}
	return nil
}

// missing reports whether an error means that something is not there, or not
// for this user.
func missing(err error) bool {
	refused := platform.Refusal(err)
	return refused.Hidden() || refused != nil && refused.Status == 400
}

// usable says in a list of volumes why one takes no exports.
func usable(v *platform.Volume) string {
	switch {
	case v.Inactive:
		return " (not active)"
	case v.ReadOnly():
		return " (read-only)"
	}
	return ""
}

// judge warns of what makes a volume unfit for exports.
func (s *started) judge(v *platform.Volume, project *platform.Project, d platform.Deployment) {
	if v.Inactive {
		s.warn("volume %q is not active: activate it before the first apply", v.ID)
	}
	if v.ReadOnly() {
		s.warn("volume %q is read-only: its access mode must be RW; ask the volume's owner, or choose another", v.ID)
	}
	if v.ExportRefused {
		s.warn("the platform says that exports to volume %q are not enabled", v.ID)
	}
	if d == platform.CAVATICA && v.Service.Type == platform.GCS {
		s.warn("volume %q is at Google, to which CAVATICA cannot export: choose a volume at AWS", v.ID)
	}
	if project == nil {
		return
	}
	if at, to := project.Provider(), v.Provider(); at != "" && to != "" && at != to {
		s.warn("project %q is at %s and volume %q at %s: exports between clouds are not supported", project.ID, at, v.ID, to)
	}
}
