package simulator

import "gopkg.in/yaml.v3"

// quirks are differences between deployments, versions and documents of the
// platform that a client has to live with. All are off unless switched on.
type quirks struct {
	upperCaseTypes         bool
	upperCaseServices      bool
	lowerCaseStates        bool
	shuffledBulk           bool
	aliasLocationIsKey     bool
	barePrefix             bool
	noHostedOnLocations    bool
	nullBeside             bool
	noTotalHeader          bool
	jobsOldestFirst        bool
	slashPrefixes          bool
	copyOnlyNeedsAdvance   bool
	linksWithoutFields     bool
	capitalRel             bool
	noProjectLocation      bool
	noErrorInFailedJob     bool
	submissionAnswers201   bool
	secondaryFilesAreStubs bool
	shuffledLists          bool
	repeatedItems          bool
	modifiedByExport       bool
	noObjectMetadata       bool
	outputsNotListed       bool
	outputsOnlySingle      bool
	outputBasenames        bool
	batchChildrenNotListed bool

	// What the rewriter does.
	oddCase        bool
	shuffledKeys   bool
	unknownMembers bool
	nulls          bool
	stubResults    bool
	sparseErrors   bool
}

// named are the quirks by the names that a seed gives them.
func (q *quirks) named() map[string]*bool {
	return map[string]*bool{
		"upper_case_types":          &q.upperCaseTypes,
		"upper_case_services":       &q.upperCaseServices,
		"lower_case_states":         &q.lowerCaseStates,
		"shuffled_bulk":             &q.shuffledBulk,
		"alias_location_is_key":     &q.aliasLocationIsKey,
		"bare_prefix":               &q.barePrefix,
		"no_hosted_on_locations":    &q.noHostedOnLocations,
		"null_beside":               &q.nullBeside,
		"no_total_header":           &q.noTotalHeader,
		"jobs_oldest_first":         &q.jobsOldestFirst,
		"slash_prefixes":            &q.slashPrefixes,
		"copy_only_needs_advance":   &q.copyOnlyNeedsAdvance,
		"links_without_fields":      &q.linksWithoutFields,
		"capital_rel":               &q.capitalRel,
		"no_project_location":       &q.noProjectLocation,
		"no_error_in_failed_job":    &q.noErrorInFailedJob,
		"submission_answers_201":    &q.submissionAnswers201,
		"secondary_files_as_stubs":  &q.secondaryFilesAreStubs,
		"shuffled_lists":            &q.shuffledLists,
		"repeated_items":            &q.repeatedItems,
		"modified_by_export":        &q.modifiedByExport,
		"no_object_metadata":        &q.noObjectMetadata,
		"outputs_not_listed":        &q.outputsNotListed,
		"outputs_only_single":       &q.outputsOnlySingle,
		"output_basenames":          &q.outputBasenames,
		"batch_children_not_listed": &q.batchChildrenNotListed,
		"odd_case":                  &q.oddCase,
		"shuffled_keys":             &q.shuffledKeys,
		"unknown_members":           &q.unknownMembers,
		"nulls":                     &q.nulls,
		"stub_results":              &q.stubResults,
		"sparse_errors":             &q.sparseErrors,
	}
}

// Quirks are the names of all quirks that a seed can switch on.
func Quirks() []string { return sortedKeys(new(quirks).named()) }

func (r *reader) quirks(n *yaml.Node, q *quirks) {
	known := keys{}
	for name, to := range q.named() {
		known[name] = func(n *yaml.Node) { *to = r.boolean(n, name) }
	}
	r.mapping(n, "quirks", known)
}
