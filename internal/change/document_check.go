package change

import (
	"slices"
	"strings"
)

// check looks for what a document must not say, since every action of it will
// be carried out without another question: that it contradicts itself shows that
// somebody or something has changed it since it was saved.
func check(d *Document) error {
	targets := make(map[Target]struct{}, len(d.Actions))
	for i := range d.Actions {
		a := &d.Actions[i]
		if why := fault(a); why != "" {
			return damaged(`"actions", element %d: %s`, i+1, why)
		}
		if _, twice := targets[a.Target()]; twice {
			return damaged(`"actions", element %d: the file %q is to go to one place twice`, i+1, a.File)
		}
		targets[a.Target()] = struct{}{}
	}
	for i := range d.Unchanged {
		a := &d.Unchanged[i]
		if a.Kind != Unchanged || a.Overwrite {
			return damaged(`"unchanged", element %d: its action is %q`, i+1, a.Kind)
		}
		if _, work := targets[a.Target()]; work {
			return damaged(`"unchanged", element %d: there is an action for the file %q as well`, i+1, a.File)
		}
	}
	for i := range d.Blocked {
		if !slices.Contains(Reasons, d.Blocked[i].Reason) {
			return damaged(`"blocked", element %d: there is no reason %q`, i+1, d.Blocked[i].Reason)
		}
	}
	counted := d.Changeset().Summary()
	if len(d.Unchanged) == 0 { // they are listed only on demand
		counted.Unchanged = d.Summary.Unchanged
	}
	if counted != d.Summary {
		return damaged("its summary and its lists do not agree")
	}
	return nil
}

// fault says what is wrong with an action that is to be carried out, or
// nothing.
func fault(a *Action) string {
	switch {
	case a.File == "" || a.Volume == "" || a.Location == "" || a.Rule == "":
		return "it lacks its file, volume, location or rule"
	case a.Key != a.Location && !strings.HasSuffix(a.Key, "/"+a.Location):
		return "its key is not that of its location"
	case a.Size < 0:
		return "its size is negative"
	case a.Kind == Unchanged:
		return "it is no work"
	case !slices.Contains(Kinds, a.Kind):
		return "its action is not known"
	case a.Kind == Export && a.CopyOnly:
		return "it is a move and a copy at once"
	case a.Kind == Copy && !a.CopyOnly:
		return "it is a copy and a move at once"
	case a.Kind == Replace && !a.Overwrite:
		return "it replaces an object but must not overwrite"
	case a.Kind != Replace && a.Overwrite:
		return "it overwrites an object but does not say that it replaces one"
	case a.Kind != Replace && a.Again != Replace && a.Replaces != nil:
		return "it tells of an object that it would replace, and replaces none"
	case a.Kind == Follow && a.ExportID == "":
		return "it follows a job but does not say which"
	case a.Kind != Follow && a.ExportID != "":
		return "it names a job but follows none"
	case a.Record || a.Kind != Follow && !a.FinishedOn.IsZero():
		return "it is done already and is to be done"
	case a.Kind != Follow && (a.ModeUnknown || a.Again != ""):
		return "it says of a job what becomes of it, and follows none"
	case a.Again != "" && a.Again != Replace && a.Again != map[bool]Kind{true: Copy, false: Export}[a.CopyOnly]:
		return "it would be submitted again as something else"
	}
	return ""
}
