package snapshot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"sbexport/internal/platform"
)

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
	s.line("  - id: ", quote(id))
	set := func(key, value string) {
		if value != "" {
			s.line("    ", key, ": ", quote(value))
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
	set("endpoint", s.o.Disguise.endpoint(v.Service.Endpoint))
	if !s.o.Objects || !asked || v.Inactive {
		return nil
	}
	return s.objects(ctx, v.ID)
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
			var o object
			o.text("location", s.o.Disguise.text(found.Location))
			if found.Size >= 0 {
				o.raw("size", strconv.FormatInt(found.Size, 10))
			}
			s.line("      - ", o.end())
			s.summary.Objects++
		}
		_, err := s.out.Write(nil) // the writer's first error, not to list on in vain
		return err
	})
	if err != nil {
		return fmt.Errorf("writing the objects of volume %q: %w", volume, err)
	}
	return nil
}
