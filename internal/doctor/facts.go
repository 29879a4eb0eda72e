package doctor

import (
	"maps"
	"slices"
	"strings"
)

// question is an uncertain fact: what the notes on the API say of it, and how to
// tell. They are in the order of those notes.
type question struct {
	id         string
	question   string
	documented string
	needs      string // what has to be there to tell
	ask        func(*evidence) finding
}

// finding is what a platform did.
type finding struct {
	found Text   // empty if it cannot be told
	quirk string // of the simulator, where it has to be told to do the same
	fatal bool   // sbexport does not cope
}

func found(quirk, format string, args ...any) finding {
	return finding{found: Say(format, args...), quirk: quirk}
}

// either is one of two findings: the usual one, which has no quirk, or the other.
func either(usual bool, ifUsual, quirk, otherwise string) finding {
	if usual {
		return found("", "%s", ifUsual)
	}
	return found(quirk, "%s", otherwise)
}

const byWriting = "only an export would show it, and nothing is changed here; sbexport works either way"

var questions = []question{
	{"1.4", "Is the total of a listing told?", "in the header X-Total-Matching-Query of every list", "", total},
	{"1.5", "Which status does a submission answer with?", "200 or 201, not stated", byWriting, untold},
	{"1.6", "Which members does the error of a bulk item have?", "status, code, message, more_info; any may be missing", "", bulkError},
	{"1.8-rel", "How is the relation of a next link written?", "next", "it takes a list with two items", rel},
	{"1.8-fields", "Do next links keep the fields asked for?", "not stated", "it takes a list with two items", linkFields},
	{"1.8-order", "Are files listed in an order?", "no order is documented", "it takes three files in one folder", order},
	{"1.8-repeats", "Do pages repeat items of others?", "not stated; seen", "it takes a list with two items", repeats},
	{"3.1", "What is told of secondary files in a listing?", "whole file objects", "it takes a file with secondary files", secondary},
	{"3.2-location", "Is the location of an alias told with the volume's prefix?", "relative to the prefix", "it takes an exported file on a volume with a prefix", aliasLocation},
	{"3.2-hosted", "Do files on the platform name the locations that host them?", "newer pages: yes; older ones: no", "it takes a file on the platform", hosted},
	{"3.8-order", "Are bulk answers in the order of the request?", "not stated", "it takes three files", bulkOrder},
	{"3.8-null", "Does null stand beside a resource or an error?", "one of the two is there", "", nullBeside},
	{"5.5-slash", "Do the prefixes of a volume's listing end in a slash?", "no", "it takes a folder on the volume", slashes},
	{"5.5-metadata", "Do objects of a volume's listing tell their size?", "with fields=_all, under the provider's names", "it takes an object on the volume", objectMetadata},
	{"6.1", "Does an export change a file's modified_on?", "not stated", "it takes a file that you exported", modified},
	{"6.4-result", "What is told of the file in a completed job?", "a file object; examples are stubs", "it takes a completed export", result},
	{"6.4-state", "How are the states of jobs written?", "PENDING RUNNING COMPLETED FAILED", "it takes an export", states},
	{"6.4-error", "Does a failed job say why?", "yes", "it takes a failed export", jobError},
	{"6.6", "In which order are export jobs listed?", "not stated", "it takes two exports", jobOrder},
	{"10", "Does a slash join the volume's prefix and the location?", "the prefix is prepended", "it takes an object that tells its whole name, on a volume whose prefix ends without a slash", joined},
	{"13.1-limit", "What becomes of a limit over 100?", "capped or honoured; must not be relied on", "it takes a project", overLimit},
	{"13.1-host", "Do next links name the host that was asked?", "they may name another", "it takes a list with two items", linkHost},
	{"13.2-billing", "May you read the storage breakdown of the project's billing group?", "by rights", "it takes a billing group", billing},
	{"13.3-outputs", "Where are the outputs of tasks told?", "not stated: in the list, in bulk answers, or in single answers only", "it takes a completed task", outputs},
	{"13.3-names", "How is the name of a file among a task's outputs told?", "name, or basename", "it takes a completed task with files", outputNames},
	{"13.3-batch", "Are the tasks of a batch in the project's list of tasks?", "not stated", "it takes a completed batch", batchChildren},
	{"X3", "Does copy_only need the advance-access header?", "pages disagree", byWriting, untold},
	{"X6", "How long is a page when no limit is asked for?", "50 or 25", "it takes a folder with more files than a page has", usualPage},
	{"X7", "How long is the window of the request limit?", "5 minutes; one page: 1 hour", "", window},
	{"X8", "How are the types of files and folders written?", "file and folder, or FILE and FOLDER", "it takes a file", fileTypes},
	{"X10", "Does a project tell its location?", "one page: only locked; clients: location", "it takes a project", projectLocation},
	{"X12", "How are the types of volumes written?", "s3 gcs azure, or S3 GCS OSS", "it takes a volume", serviceTypes},
	{"JSON-case", "Are enumerations written in one way?", "not stated", "", oddCase},
	{"JSON-keys", "Do objects of a kind have their members in one order?", "JSON leaves it open", "it takes two files", keyOrder},
	{"JSON-members", "Are there members that no page names?", "not stated", "", unknownMembers},
	{"JSON-nulls", "Does null stand for what is empty?", "{} and [] in examples", "it takes a file or an export", nulls},
}

func untold(*evidence) finding { return finding{} }

func bulkError(e *evidence) finding {
	for _, item := range e.files.items() {
		if failed, ok := item["error"].(map[string]any); ok {
			members := strings.Join(slices.Sorted(maps.Keys(failed)), ", ")
			if has(failed, "status") && has(failed, "code") {
				return found("", "%s", members)
			}
			return found("sparse_errors", "only %s", members)
		}
	}
	return finding{}
}

func secondary(e *evidence) finding {
	for _, f := range e.known() {
		for _, s := range objects(f["_secondary_files"]) {
			return either(has(s, "size"), "whole file objects", "secondary_files_as_stubs", "stubs; sbexport reads the files")
		}
	}
	return finding{}
}

func aliasLocation(e *evidence) finding {
	prefix, alias := e.alias()
	if alias == nil || prefix == "" {
		return finding{}
	}
	told := text(alias, "storage", "location")
	if job := e.jobOf(alias); job != nil {
		return either(told == text(job, "destination", "location"), "without the prefix",
			"alias_location_is_key", "with the prefix")
	}
	switch {
	case !strings.HasPrefix(told, prefix), e.object.ok():
		return found("", "without the prefix")
	case e.object.err == nil && e.object.status == 404:
		return found("alias_location_is_key", "with the prefix, it seems: there is no object at that place below it")
	}
	return finding{}
}

func joined(e *evidence) finding {
	for _, s := range e.volumes {
		prefix := text(s.itself.body, "service", "prefix")
		if prefix == "" || strings.HasSuffix(prefix, "/") {
			continue
		}
		for _, o := range s.objects.items() {
			switch whole := text(o, "metadata", "name"); whole {
			case prefix + "/" + text(o, "location"):
				return found("", "a slash joins them")
			case prefix + text(o, "location"):
				return found("bare_prefix", "nothing joins them")
			}
		}
	}
	_, alias := e.alias()
	if job := e.jobOf(alias); job != nil {
		prefix, _ := e.alias()
		location := text(job, "destination", "location")
		switch told := text(alias, "storage", "location"); {
		case prefix == "" || strings.HasSuffix(prefix, "/"):
		case told == prefix+"/"+location:
			return found("", "a slash joins them")
		case told == prefix+location:
			return found("bare_prefix", "nothing joins them")
		}
	}
	return finding{}
}

func hosted(e *evidence) finding {
	seen := false
	for _, f := range e.known() {
		if strings.EqualFold(text(f, "storage", "type"), "platform") && strings.EqualFold(text(f, "type"), "file") {
			if has(f["storage"], "hosted_on_locations") {
				return found("", "they name them")
			}
			seen = true
		}
	}
	if !seen {
		return finding{}
	}
	return found("no_hosted_on_locations", "they name none")
}

func bulkOrder(e *evidence) finding {
	var got []string
	for _, r := range e.files.resources() {
		got = append(got, text(r, "id"))
	}
	if len(got) < 3 {
		return finding{}
	}
	var asked []string
	for _, id := range e.asked {
		if slices.Contains(got, id) {
			asked = append(asked, id)
		}
	}
	return either(slices.Equal(asked, got), "in its order", "shuffled_bulk", "in another order; sbexport matches them by what they say")
}

func nullBeside(e *evidence) finding {
	for _, item := range e.files.items() {
		return either(!has(item, "resource") || !has(item, "error"), "only one of them is there", "null_beside", "null stands beside it")
	}
	return finding{}
}

func slashes(e *evidence) finding {
	for _, s := range e.volumes {
		for _, p := range objects(at(s.objects.body, "prefixes")) {
			return either(!strings.HasSuffix(text(p, "prefix"), "/"), "they do not", "slash_prefixes", "they do")
		}
	}
	return finding{}
}

func objectMetadata(e *evidence) finding {
	for _, s := range e.volumes {
		items := s.objects.items()
		if len(items) == 0 {
			continue
		}
		metadata, _ := items[0]["metadata"].(map[string]any)
		names := slices.Sorted(maps.Keys(metadata))
		tells := slices.ContainsFunc(names, func(name string) bool {
			name = strings.ToLower(name)
			return strings.Contains(name, "size") || strings.Contains(name, "length")
		})
		return either(tells, "they do, among "+strings.Join(names, ", "), "no_object_metadata", "they do not; sizes cannot be compared")
	}
	return finding{}
}

func modified(e *evidence) finding {
	for _, f := range e.known() {
		job := e.jobOf(f)
		changed, told := when(f, "modified_on")
		started, begun := when(job, "started_on")
		if job != nil && told && begun && strings.EqualFold(text(f, "storage", "type"), "volume") {
			return either(changed.Before(started), "it does not", "modified_by_export", "it does")
		}
	}
	return finding{}
}

// job is the first job in a state, or nil.
func (e *evidence) job(state string) map[string]any {
	for _, job := range e.jobs.items() {
		if strings.EqualFold(text(job, "state"), state) {
			return job
		}
	}
	return nil
}

func result(e *evidence) finding {
	job := e.job("completed")
	if at(job, "result") == nil {
		return finding{}
	}
	return either(has(job["result"], "name"), "a file object", "stub_results", "a stub; sbexport reads the file")
}

func states(e *evidence) finding {
	switch items := e.jobs.items(); {
	case len(items) == 0:
		return finding{}
	case e.mixed():
		return found("", "in several ways")
	default:
		state := text(items[0], "state")
		return either(state == strings.ToUpper(state), "in upper case", "lower_case_states", "in lower case")
	}
}

func jobError(e *evidence) finding {
	job := e.job("failed")
	if job == nil {
		return finding{}
	}
	return either(at(job, "error") != nil, "it does", "no_error_in_failed_job", "it does not")
}

func jobOrder(e *evidence) finding {
	items := e.jobs.items()
	sorted, rises := direction(items, "started_on")
	switch {
	case len(items) < 2 || text(items[0], "started_on") == text(items[len(items)-1], "started_on"):
		return finding{}
	case !sorted:
		return found("", "in no order that can be seen")
	case rises:
		return found("jobs_oldest_first", "the oldest first")
	}
	return found("", "the newest first")
}

func billing(e *evidence) finding {
	switch {
	case e.billing.ok():
		return found("", "yes")
	case e.billing.refusal() != nil:
		return found("", "no (status %d)", e.billing.status)
	}
	return finding{}
}

func outputs(e *evidence) finding {
	told := func(tasks []map[string]any) bool {
		return slices.ContainsFunc(tasks, func(t map[string]any) bool { return at(t, "outputs") != nil })
	}
	switch {
	case told(e.tasks.items()):
		return found("", "in the list")
	case told(e.bulk.resources()):
		return found("outputs_not_listed", "in bulk answers, and not in the list")
	case at(e.task.body, "outputs") != nil:
		return found("outputs_only_single", "in single answers only")
	}
	return finding{}
}

func outputNames(e *evidence) (f finding) {
	walk(at(e.taskWithOutputs(), "outputs"), "", func(_ string, value any) {
		if class := text(value, "class"); strings.EqualFold(class, "file") || strings.EqualFold(class, "directory") {
			f = either(has(value, "name"), "name", "output_basenames", "basename")
		}
	})
	return f
}

func batchChildren(e *evidence) finding {
	listed, children := ids(e.tasks), ids(e.children)
	if link, _ := e.tasks.next(); link != nil || len(children) == 0 {
		return finding{}
	}
	return either(slices.Contains(listed, children[0]), "they are", "batch_children_not_listed", "only where they are asked for by their parent")
}

func fileTypes(e *evidence) finding {
	for _, f := range e.known() {
		kind := text(f, "type")
		switch {
		case kind == "":
			continue
		case e.mixed():
			return found("", "in several ways")
		}
		return either(kind == strings.ToLower(kind), kind, "upper_case_types", kind)
	}
	return finding{}
}

func projectLocation(e *evidence) finding {
	if s := e.project(); s != nil {
		location := text(s.itself.body, "settings", "location")
		return either(location != "", location, "no_project_location", "it does not; clouds cannot be compared")
	}
	return finding{}
}

func serviceTypes(e *evidence) finding {
	if s := e.volume(); s != nil && text(s.itself.body, "service", "type") != "" {
		kind := text(s.itself.body, "service", "type")
		if e.mixed() {
			return found("", "%s", kind)
		}
		return either(kind == strings.ToLower(kind) || strings.EqualFold(kind, "oss"), kind, "upper_case_services", kind)
	}
	return finding{}
}
