package change

// check looks for what a document must not say, since every action of it will
// be carried out without another question: that it contradicts itself shows that
// somebody or something has changed it since it was saved.
func check(d *Document) error {
	targets := make(map[Target]struct{}, len(d.Actions))
	for i := range d.Actions {
		a := &d.Actions[i]
		if why := fault(a); why != "" {
			return damaged(nil, `"actions", element %d: %s`, i+1, why)
		}
		if _, twice := targets[a.Target()]; twice {
			return damaged(nil, `"actions", element %d: the file %q is to go to one place twice`, i+1, a.File)
		}
		targets[a.Target()] = struct{}{}
	}
	for i := range d.Unchanged {
		if d.Unchanged[i].Kind != Unchanged {
			return damaged(nil, `"unchanged", element %d: its action is %q`, i+1, d.Unchanged[i].Kind)
		}
	}
	for i := range d.Blocked {
		if d.Blocked[i].Reason == "" {
			return damaged(nil, `"blocked", element %d: it has no reason`, i+1)
		}
	}
	return checkSummary(d)
}

// fault says what is wrong with an action that is to be carried out, or
// nothing.
func fault(a *Action) string {
	switch {
	case a.File == "" || a.Volume == "" || a.Location == "":
		return "it lacks its file, volume or location"
	case a.Size < 0:
		return "its size is negative"
	}
	switch a.Kind {
	case Export:
		if a.CopyOnly {
			return "it is a move and a copy at once"
		}
	case Copy:
		if !a.CopyOnly {
			return "it is a copy and a move at once"
		}
	case Replace:
		if !a.Overwrite {
			return "it replaces an object but must not overwrite"
		}
	case Follow:
		if a.ExportID == "" {
			return "it follows a job but does not say which"
		}
	case Unchanged:
		return "it is no work"
	default:
		return "its action is not known"
	}
	return ""
}

// checkSummary compares the summary with the lists. Unchanged files are listed
// only on demand.
func checkSummary(d *Document) error {
	counted := d.Changeset().Summary()
	if len(d.Unchanged) == 0 {
		counted.Unchanged = d.Summary.Unchanged
	}
	if counted != d.Summary {
		return damaged(nil, "its summary and its lists do not agree")
	}
	return nil
}
