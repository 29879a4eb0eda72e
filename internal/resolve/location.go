package resolve

import (
	"errors"
	"fmt"
	"strings"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/plan"
)

// locate works out where a rule wants a file, and with which fallbacks. Lost
// tells that the path is not the whole path: a location that depends on it is
// then not to be trusted.
func locate(rule *plan.Rule, f *platform.File, path string, lost bool) place {
	p := place{rule: int32(rule.Index)}
	v := plan.Values{File: f, Path: path, Rule: rule.Name, Fallback: func(placeholder string) {
		p.fallbacks = strings.TrimPrefix(p.fallbacks+" and "+placeholder, " and ")
	}}
	location, err := rule.To.Location(v)
	if err != nil {
		p.block = misplaced(err)
		return p
	}
	if lost {
		v.Path, v.Fallback = "…/"+path, nil
		if other, err := rule.To.Location(v); err != nil || other != location {
			p.block = &block{
				change.MissingValue,
				"the file's path is not known, because a folder above it cannot be read; " +
					`ask for access to the project, or make "to" do without {path} and {dir}`,
			}
			return p
		}
	}
	p.location = location
	return p
}

// misplaced turns the error of a template into a reason and what to do.
func misplaced(err error) *block {
	var missing *plan.MissingValueError
	if errors.As(err, &missing) {
		name, _, _ := strings.Cut(missing.Placeholder, "|")
		remedy := fmt.Sprintf("give a fallback such as {%s|unknown}", name)
		switch {
		case missing.Ambiguous:
			remedy = `correct the file's metadata or the rule's "to"`
		case strings.HasPrefix(name, "metadata."):
			remedy = "set it on the platform, or " + remedy
		}
		return &block{change.MissingValue, fmt.Sprintf("{%s} has no value: %s; %s", missing.Placeholder, missing.Why, remedy)}
	}
	var bad *plan.BadLocationError
	if errors.As(err, &bad) {
		return &block{change.BadLocation, fmt.Sprintf(
			`the location %q cannot be used: %s; change the rule's "to"`, bad.Location, bad.Why)}
	}
	return &block{change.BadLocation, fmt.Sprintf(`no location can be worked out: %v; change the rule's "to"`, err)}
}

// beside is the location of a secondary file: in the folder of its primary's
// location, under its own name.
func beside(primary, name string) (string, *block) {
	location := primary[:lastSlash(primary)] + name
	if err := plan.CheckLocation(location); err != nil {
		return "", misplaced(err)
	}
	return location, nil
}

// refused tells whether an error is the platform's answer that the thing asked
// for is not there or not to be seen; any other failure says nothing about it.
func refused(err error) (change.Reason, bool) {
	refusal := platform.Refusal(err)
	switch {
	case refusal.NotThere():
		return change.NotFound, true
	case refusal.NotYours():
		return change.Forbidden, true
	}
	return "", false
}
