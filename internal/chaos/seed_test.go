//go:build unix

package chaos

import (
	"fmt"
	"strconv"
	"strings"

	"sbexport/internal/change"
)

var volumes = []struct{ id, attributes string }{
	{"me/one", "bucket: one, prefix: cohort"},
	{"me/two", "bucket: two"},
	{"me/three", "bucket: one, prefix: deep/er/"},
}

// seed is the platform's seed; without trouble it is that of the twin.
func (s scenario) seed(trouble bool) string {
	var b, jobs, failures strings.Builder
	objects := map[string]string{}
	b.WriteString("user: me\nprojects:\n")
	for _, project := range []string{"me/lab", "me/other"} {
		fmt.Fprintf(&b, "- id: %s\n  folders: [empty]\n  files: [\n", project)
		for _, f := range s.folders {
			if f.in() != project {
				continue
			}
			for _, file := range f.files {
				first := f.rules[0]
				fmt.Fprintf(&b, "    {path: %s, id: %q, size: %d%s},\n", file.path, file.id, 1000+len(file.path), file.attributes(first))
				if file.fate == occupied || file.fate == unlucky {
					objects[first.volume] += fmt.Sprintf("{location: %s/%s, size: 5}, ", first.to, file.path)
				}
				if file.fate == underway {
					fmt.Fprintf(&jobs, "- {file: %q, volume: %s, location: %s/%s, copy_only: %v, state: RUNNING, started_on: 1h ago, takes: %dms}\n",
						file.id, first.volume, first.to, file.path, first.copyOnly, 100*len(f.files))
				}
				failures.WriteString(file.failure())
			}
		}
		b.WriteString("  ]\n")
	}
	b.WriteString("volumes:\n")
	for _, v := range volumes {
		fmt.Fprintf(&b, "- {id: %s, %s, objects: [%s]}\n", v.id, v.attributes, objects[v.id])
	}
	if s.stumbles {
		failures.WriteString(`- {path: "**", error: 9100, times: 1}`)
	}
	b.WriteString(listed("jobs", jobs.String()) + listed("failures", failures.String()))
	b.WriteString("behavior:\n" + s.behavior[0])
	if trouble {
		fmt.Fprintf(&b, ", alias_lag: %v, list_lag: %v", s.aliasLag, s.listLag)
	}
	b.WriteString("}\n" + strings.Join(s.behavior[1:], "\n") + "\nquirks: {\n")
	for _, quirk := range s.quirks {
		b.WriteString("  " + quirk + ": true,\n")
	}
	b.WriteString("}\n")
	if trouble {
		b.WriteString(listed("faults", strings.Join(s.faults, "\n")))
	}
	return b.String()
}

// in is the folder's project.
func (f folder) in() string {
	if f.project == "" {
		return "me/lab"
	}
	return f.project
}

// attributes are what the seed says of a file beside its name.
func (f file) attributes(r rule) string {
	switch f.fate {
	case refused:
		return ", public: true"
	case inPlace:
		return fmt.Sprintf(", alias: {volume: %s, location: %s/%s}", r.volume, r.to, f.path)
	case elsewhere:
		return fmt.Sprintf(", alias: {volume: me/two, location: old/%s}", f.path)
	case plain, passing, doomed, occupied, unlucky, underway:
	}
	return ""
}

// failure is the seed's rule about how jobs of the file fail, or nothing.
func (f file) failure() string {
	switch f.fate {
	case passing, unlucky:
		return fmt.Sprintf("- {file: %q, error: 9100, times: 1}\n", f.id)
	case doomed:
		return fmt.Sprintf("- {file: %q, error: 9103}\n", f.id)
	case plain, refused, occupied, inPlace, elsewhere, underway:
	}
	return ""
}

// listed is a key with a list, or nothing.
func listed(key, items string) string {
	if items == "" {
		return ""
	}
	return key + ":\n" + strings.TrimSuffix(items, "\n") + "\n"
}

// plan is the scenario's plan.
func (s scenario) plan() string {
	var b strings.Builder
	b.WriteString("version: 1\nlimits: {overwrites: 1000}\nexports:\n")
	for _, f := range s.folders {
		pattern := f.name + "/**"
		if f.everything {
			pattern = "**"
		}
		selects := fmt.Sprintf("project: %s, match: %q", f.in(), pattern)
		if f.byID {
			ids := make([]string, len(f.files))
			for i := range f.files {
				ids[i] = strconv.Quote(f.files[i].id)
			}
			selects = "file: [" + strings.Join(ids, ", ") + "]"
		}
		for i, r := range f.rules {
			fmt.Fprintf(&b, "- {name: %s-%d, %s, volume: %s, to: %q, copy_only: %v, overwrite: %v}\n",
				f.name, i, selects, r.volume, r.to+"/{path}", r.copyOnly, r.overwrite)
		}
	}
	return b.String()
}

// ending is how one wanted export is to end: the state, and the code of what
// is final about a failed one.
type ending struct {
	State string
	Code  int
}

// endings is what the lockfile is to say in the end. Files that were never
// wanted from where they are do not stand in it.
func (s scenario) endings() map[change.Target]ending {
	all := map[change.Target]ending{}
	for _, f := range s.folders {
		for _, file := range f.files {
			for _, r := range f.rules {
				t := change.Target{File: file.id, Volume: r.volume, Location: r.to + "/" + file.path}
				switch {
				case file.fate == elsewhere || file.fate == inPlace && r.copyOnly:
				case file.fate == doomed:
					all[t] = ending{"FAILED", 9103}
				case file.fate == refused:
					all[t] = ending{"FAILED", 9006}
				case file.fate == occupied && !r.overwrite:
					all[t] = ending{"FAILED", 9107}
				default:
					all[t] = ending{"COMPLETED", 0}
				}
			}
		}
	}
	return all
}
