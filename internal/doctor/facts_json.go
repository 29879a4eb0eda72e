package doctor

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// What the JSON of all answers tells.

func oddCase(e *evidence) finding {
	if len(e.known())+len(e.jobs.items()) == 0 {
		return finding{}
	}
	return either(!e.mixed(), "in one way, as far as can be seen", "odd_case", "in several ways; sbexport compares them without case")
}

// mixed reports whether a word of an enumeration came in two spellings.
func (e *evidence) mixed() bool {
	spelled := map[string]string{}
	mixed := false
	for _, a := range e.heard {
		walk(a.body, "", func(key string, value any) {
			word, ok := value.(string)
			if !ok || !slices.Contains([]string{"type", "state", "rel", "access_mode"}, key) || word == "" {
				return
			}
			of := key + " " + strings.ToLower(word)
			if other, seen := spelled[of]; seen && other != word {
				mixed = true
			}
			spelled[of] = word
		})
	}
	return mixed
}

// walk visits every value inside one, with the key that it stands under. What
// users write is left out.
func walk(value any, key string, visit func(key string, value any)) {
	if key == "metadata" {
		return
	}
	visit(key, value)
	switch v := value.(type) {
	case map[string]any:
		for k, inner := range v {
			walk(inner, k, visit)
		}
	case []any:
		for _, inner := range v {
			walk(inner, key, visit)
		}
	}
}

func keyOrder(e *evidence) finding {
	compared := false
	for _, a := range e.heard {
		var page struct {
			Items []json.RawMessage `json:"items"`
		}
		if strings.HasPrefix(a.path, "/bulk/") || json.Unmarshal(a.raw, &page) != nil {
			continue // what stands beside each other in a bulk answer is not of one kind
		}
		before := map[string]int{}
		for _, item := range page.Items {
			keys := members(item)
			compared = compared || len(page.Items) > 1 && len(keys) > 2
			for i := range keys {
				for j := range i {
					before[keys[j]+"\n"+keys[i]]++
					if before[keys[i]+"\n"+keys[j]] > 0 {
						return found("shuffled_keys", "not always")
					}
				}
			}
		}
	}
	if !compared {
		return finding{}
	}
	return found("", "they do")
}

// members are the keys of an object, in its order.
func members(object json.RawMessage) []string {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if t, err := decoder.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var keys []string
	for decoder.More() {
		t, err := decoder.Token()
		key, ok := t.(string)
		var skipped json.RawMessage
		if err != nil || !ok || decoder.Decode(&skipped) != nil {
			return nil
		}
		keys = append(keys, key)
	}
	return keys
}

// documented are the members that pages and clients name, of files, folders,
// jobs, volumes, projects and their objects alike.
var documented = strings.Fields(`_secondary_files access_mode action_url active admin apps_url archived autorename
	aws_canned_acl aws_storage_class billing_group billing_url bucket category code container copy copy_only count created_by
	created_on credentials description destination details direct_export_enabled endpoint error execute
	export_enabled file files_url finished_on hosted_on_locations href id instance_limit items limit links
	location message method metadata modified_on more_info name next origin overwrite parent permissions
	prefix prefixes project projects_url properties rate read rel remaining reset resource result
	root_folder root_url rate_limit_url service settings size source sse_algorithm sse_aws_kms_key_id started_on state
	status storage storage_account tags task tasks_url token type upload_url url user user_url username users_url volume write
	access_key_id client_email resource_id configuration locked controlled use_interruptible_instances
	use_memoization use_elastic_disk allow_network_access intermediate_files retention duration parallel_instances
	email first_name last_name affiliation phone address city state country zip_code role disabled
	app batch batch_group outputs inputs end_time start_time executed_by created_time queued_time
	bundle dataset preserve_folder_structure secret_access_key sbg_worker_images`)

func unknownMembers(e *evidence) finding {
	unknown, seen := map[string]bool{}, false
	for _, page := range append(slices.Clone(e.folders), e.jobs, e.files) {
		for _, item := range append(page.items(), page.resources()...) {
			seen = true
			for key := range item {
				if !slices.Contains(documented, key) {
					unknown[key] = true
				}
			}
		}
	}
	switch {
	case !seen:
		return finding{}
	case len(unknown) == 0:
		return found("", "none was seen")
	}
	names := slices.Sorted(maps.Keys(unknown))
	if len(names) > 8 {
		names = append(names[:8], "…")
	}
	return found("unknown_members", "%s; sbexport ignores them", strings.Join(names, ", "))
}

func nulls(e *evidence) finding {
	items := append(e.known(), e.jobs.items()...)
	for _, item := range items {
		for _, key := range []string{"tags", "metadata", "origin", "finished_on", "result", "error", "size"} {
			if value, there := item[key]; there && value == nil {
				return found("nulls", "it does, for %s", key)
			}
		}
	}
	if len(items) == 0 {
		return finding{}
	}
	return found("", "it was not seen")
}
