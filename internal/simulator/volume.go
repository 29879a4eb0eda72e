package simulator

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// volume is a bucket, or the part of one below a prefix, attached to the
// platform.
type volume struct {
	seed   *volumeSeed
	bucket bucket
	// place names the bucket: volumes with the same place share their objects.
	place string
	base  string // what is put before every location
}

// key is the object key of a location. The platform says only that the prefix
// is prepended; a joining slash is put where there is none, unless the quirk
// bare_prefix is on.
func (v *volume) key(location string) string { return v.base + location }

// directory reports whether the volume's objects are real files.
func (v *volume) directory() bool { return v.seed.directory != "" }

// may reports whether a user has a right on the volume.
func (v *volume) may(user, right string) bool {
	return v.seed.members == nil || slices.Contains(v.seed.members[user], right)
}

// member reports whether a user may see the volume at all.
func (v *volume) member(user string) bool {
	_, ok := v.seed.members[user]
	return ok || v.seed.members == nil
}

// provider is the cloud provider of the volume as locations of projects name it.
func (v *volume) provider() string {
	return map[string]string{"s3": "aws", "gcs": "google", "azure": "azure", "oss": "ali"}[v.seed.kind]
}

// volumes makes the volumes of a seed, with the objects on them.
func (s *Server) makeVolumes(r *reader) {
	s.volumeByID = map[string]*volume{}
	buckets := map[string]bucket{}
	for _, seed := range s.seed.volumes {
		if _, twice := s.volumeByID[seed.id]; twice {
			r.failAt(seed.line, "the volume %q stands twice: remove one or give it another id", seed.id)
			continue
		}
		v := &volume{seed: seed, base: seed.prefix}
		if v.base != "" && !strings.HasSuffix(v.base, "/") && !s.seed.quirks.barePrefix {
			v.base += "/"
		}
		v.place = seed.kind + "://" + seed.endpoint + "/" + v.bucketName()
		if v.directory() {
			v.place = "directory " + seed.directory
		}
		if buckets[v.place] == nil {
			buckets[v.place] = &memory{}
			if v.directory() {
				buckets[v.place] = &directory{path: seed.directory}
			}
		}
		v.bucket = buckets[v.place]
		s.volumes = append(s.volumes, v)
		s.volumeByID[seed.id] = v
		s.putSeeded(v)
	}
}

// bucketName is the name of the volume's bucket: what the seed says, or one
// made from the volume's ID.
func (v *volume) bucketName() string {
	if v.seed.bucket != "" {
		return v.seed.bucket
	}
	return strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(v.seed.id))
}

// putSeeded puts the seed's objects onto a volume.
func (s *Server) putSeeded(v *volume) {
	put := func(location string, size int64) {
		// A bucket in memory takes every object.
		_ = v.bucket.put(v.key(location), object{size: size, modified: longAgo, source: -1}, payload{})
	}
	for _, o := range v.seed.objects {
		put(o.location, o.size)
	}
	for _, block := range v.seed.generate {
		for n := 1; n <= block.count; n++ {
			put(block.location.expand(n, 1), block.size)
		}
	}
}

// makeAliases turns the files into aliases that the seed calls so, and puts
// the objects they point to onto their volumes.
func (s *Server) makeAliases(r *reader) {
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.attributes.alias == nil || n.folder != nil {
			continue
		}
		seed := n.attributes.alias
		v := s.volumeByID[seed.volume]
		if v == nil {
			r.failAt(seed.line, "the alias names the volume %q, which the seed does not have", seed.volume)
			if len(r.problems) > maxProblems {
				return
			}
			continue
		}
		n.alias = &alias{volume: v, location: n.expand(seed.location)}
		if !seed.broken && !v.directory() {
			key := v.key(n.alias.location)
			_ = v.bucket.put(key, object{size: n.size, modified: longAgo, source: int32(i)}, payload{})
		}
	}
}

// writeError is what a job fails with when its bytes could not be written.
func writeError(err error) *failure {
	if errors.Is(err, errOutside) {
		return refuse(9103)
	}
	return refusef(9100, "Error while communicating with the cloud service: %v", err)
}

// lastModified is when an object was written; never zero.
func (o object) lastModified() time.Time {
	if o.modified.IsZero() {
		return longAgo
	}
	return o.modified
}
