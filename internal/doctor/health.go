package doctor

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"sbexport/internal/platform"
)

const (
	// skewNoted is a difference of the clocks that is worth a word, skewWrong one
	// with which times cannot be compared any more: rules by age, run times, and
	// the signatures of cloud services depend on them.
	skewNoted = 30 * time.Second
	skewWrong = 5 * time.Minute
)

// health judges what was answered about the account. What was not asked for has
// no line: the line before it says why.
func (v *visit) health(e *evidence) []Line {
	host := v.host(e)
	lines := []Line{host}
	if l, told := clock(e); told {
		lines = append(lines, l)
	}
	if host.Status == Failure || v.patient.Anonymous {
		return lines
	}
	if lines = append(lines, token(e)); !e.user.ok() {
		return lines
	}
	if lines = append(lines, budget(e)); spent(e.rate) {
		return lines
	}
	lines = append(lines, v.projectLines(e)...)
	return append(lines, v.volumeLines(e)...)
}

// host says whether there is a platform at the address. The base of the API
// need not be served, so an answer about the user will do.
func (v *visit) host(e *evidence) Line {
	l := Line{Name: "host", Status: OK, Detail: Say("%s answers", Name("endpoint", v.patient.Endpoint))}
	if e.root.speaks() || e.user.speaks() {
		return l
	}
	l = e.root.line(l.Name)
	l.Detail = Say("%s: %s", Name("endpoint", v.patient.Endpoint), l.Detail)
	return l
}

// clock compares the clocks by the first answer that tells a date.
func clock(e *evidence) (Line, bool) {
	for _, a := range append([]*answer{e.root}, e.heard...) {
		if a.err != nil {
			continue
		}
		date, err := http.ParseTime(a.header.Get("Date"))
		if err != nil {
			continue
		}
		// The date has whole seconds, and was set somewhere between the two times.
		skew := date.Add(time.Second / 2).Sub(a.sent.Add(a.came.Sub(a.sent) / 2))
		l := Line{Name: "clock", Status: OK, Detail: Say("as the platform's, within a few seconds")}
		if off := skew.Abs(); off > skewNoted {
			l.Status = Warning
			if off > skewWrong {
				l.Status, off = Failure, off.Round(time.Minute)
			}
			direction := "behind"
			if skew < 0 {
				direction = "ahead of"
			}
			l.Detail = Say("this machine's clock is %v %s the platform's", off.Round(time.Second), direction)
			l.Remedy = Say("set this machine's clock (NTP): rules by age and the times on record depend on it")
		}
		return l, true
	}
	return Line{}, false
}

func token(e *evidence) Line {
	l := Line{Name: "token", Status: OK}
	user := text(e.user.body, "username")
	if e.user.ok() && user != "" {
		l.Detail = Say("taken; you are %s", Name("user", user))
		return l
	}
	return e.user.line(l.Name)
}

// budget says what is left of the requests.
func budget(e *evidence) Line {
	l := Line{Name: "budget", Status: OK}
	limit, told := whole(e.rate.body, "rate", "limit")
	remaining, left := whole(e.rate.body, "rate", "remaining")
	if !told || !left || !e.rate.ok() {
		l.Status = Warning
		l.Detail, _ = e.rate.problem()
		l.Detail = Say("the request limit is not told: %s", l.Detail)
		l.Remedy = Say("nothing is to be done: the headers of other answers are heeded")
		return l
	}
	l.Detail = Say("%d of %d requests left", remaining, limit)
	if reset, ok := whole(e.rate.body, "rate", "reset"); ok {
		if wait := time.Until(time.Unix(reset, 0)).Round(time.Second); wait > 0 && wait < 2*time.Hour {
			l.Detail = Say("%s, until the limit is reset in %v", l.Detail, wait)
		}
	}
	if remaining < MaxRequests {
		l.Status = Warning
		l.Remedy = Say("wait for the reset, or stop what else uses this token; the rest was not looked at")
	}
	return l
}

// subjectLines judge each of the projects or volumes that there are to look at.
func subjectLines(kind string, wanted []string, looked []*subject, judge func(*subject) Line) []Line {
	var lines []Line
	for _, s := range looked {
		l := s.itself.line(kind)
		if s.itself.ok() {
			l = judge(s)
			l.Name = kind
		}
		l.Of = Say("%s", Name(kind, s.id))
		lines = append(lines, l)
	}
	switch more := len(wanted) - len(looked); {
	case len(looked) == 0:
		lines = append(lines, Line{
			Name: kind, Status: Warning, Detail: Say("none to look at"),
			Remedy: Say("name one with --%s OWNER/NAME, or in a plan", kind),
		})
	case more > 0:
		lines = append(lines, Line{
			Name: kind, Status: Warning, Detail: Say("%s more not looked at", count(more, kind)),
			Remedy: Say("name them with --%s OWNER/NAME", kind),
		})
	}
	return lines
}

func (v *visit) projectLines(e *evidence) []Line {
	return subjectLines("project", v.patient.Projects, e.projects, func(s *subject) Line {
		l := Line{Status: OK, Detail: Say("found")}
		if location := text(s.itself.body, "settings", "location"); location != "" {
			l.Detail = Say("found, at %s", location)
		}
		var denied []string
		for _, right := range []string{"read", "copy", "write"} {
			if allowed, told := at(s.itself.body, "permissions", right).(bool); told && !allowed {
				denied = append(denied, right)
			}
		}
		if len(denied) > 0 {
			l.Status = Warning
			l.Detail = Say("found, but you have no permission to %s", strings.Join(denied, " and "))
			l.Remedy = Say("ask a project administrator for it: exports probably need it")
		}
		return l
	})
}

func (v *visit) volumeLines(e *evidence) []Line {
	return subjectLines("volume", v.patient.Volumes, e.volumes, func(s *subject) Line {
		detail, remedy := v.flawOfVolume(e, s)
		if !detail.Empty() {
			return Line{Status: Failure, Detail: detail, Remedy: remedy}
		}
		if !s.objects.ok() {
			detail, remedy := s.objects.problem()
			return Line{Status: Warning, Detail: Say("takes exports, but its objects cannot be listed: %s", detail), Remedy: remedy}
		}
		return Line{Status: OK, Detail: Say("active, read and write, %s", strings.ToLower(text(s.itself.body, "service", "type")))}
	})
}

// flawOfVolume says what keeps exports from a volume, if anything does.
func (v *visit) flawOfVolume(e *evidence, s *subject) (detail, remedy Text) {
	volume := platform.Volume{Service: platform.Service{Type: platform.ServiceType(text(s.itself.body, "service", "type"))}}
	if active, told := at(s.itself.body, "active").(bool); told && !active {
		return Say("is not active"), Say("ask the volume's owner to activate it")
	}
	if mode := text(s.itself.body, "access_mode"); mode != "" && !strings.EqualFold(mode, "RW") {
		return Say("is read-only (access mode %s)", mode), Say("ask the volume's owner to set its access mode to RW, or choose another volume")
	}
	if v.patient.Deployment.CannotExportTo(volume.Service.Type) {
		return Say("is at Google, to which CAVATICA cannot export"), Say("choose a volume at AWS")
	}
	for _, permissions := range []any{at(s.member.body, "permissions"), s.member.body} {
		if write, told := at(permissions, "write").(bool); s.member.ok() && told && !write {
			return Say("you have no write permission on it"), Say("ask the volume's owner to give you the write permission")
		}
	}
	for _, p := range e.projects {
		cloud, _, _ := strings.Cut(text(p.itself.body, "settings", "location"), ":")
		if to := volume.Provider(); cloud != "" && to != "" && !strings.EqualFold(cloud, to) {
			return Say("is at %s, and project %s at %s: exports between clouds are not supported", to, Name("project", p.id), cloud),
				Say("choose a volume at %s", cloud)
		}
	}
	return Text{}, Text{}
}

// whole is a whole number inside a value.
func whole(value any, keys ...string) (int64, bool) {
	n, ok := at(value, keys...).(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}
