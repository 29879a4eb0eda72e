package simulator

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The documented examples of the vendor's pages, as this platform tells them.
func TestDocumentedShapes(t *testing.T) {
	tests := []struct{ call, want string }{
		{"/user", `{"href":"https://api.example.org/v2/users/me","username":"me","email":"me@example.org",
			"first_name":"Simulated","last_name":"User","affiliation":"Simulator","phone":"","address":"","city":"","state":"",
			"country":"","zip_code":""}`},
		{"/users/me?fields=username,email", `{"username":"me","email":"me@example.org"}`},
		{"/", `{"rate_limit_url":"https://api.example.org/v2/rate_limit","user_url":"https://api.example.org/v2/user",
			"users_url":"https://api.example.org/v2/users","billing_url":"https://api.example.org/v2/billing",
			"projects_url":"https://api.example.org/v2/projects","files_url":"https://api.example.org/v2/files",
			"tasks_url":"https://api.example.org/v2/tasks","apps_url":"https://api.example.org/v2/apps",
			"action_url":"https://api.example.org/v2/action","upload_url":"https://api.example.org/v2/upload"}`},
		{"/files/" + fileA, `{"href":"https://api.example.org/v2/files/` + fileA + `","id":"` + fileA + `",
			"name":"sample1.bam","size":7000000000,"project":"me/proj","parent":"` + rootID("me/proj") + `","type":"file",
			"created_on":"2024-01-15T12:00:00Z","modified_on":"2024-01-15T12:00:00Z",
			"storage":{"type":"PLATFORM","hosted_on_locations":["aws:us-east-1"]},"origin":{"task":"t-1"},
			"tags":["final"],"metadata":{"sample_id":"S1"},"url":null}`},
		{"/files?project=me/proj&limit=1&name=deep", `{
			"href":"https://api.example.org/v2/files?limit=1&name=deep&offset=0&project=me%2Fproj",
			"items":[{"href":"https://api.example.org/v2/files/` + folderID("me/proj", "deep") + `",
			"id":"` + folderID("me/proj", "deep") + `","name":"deep","project":"me/proj",
			"parent":"` + rootID("me/proj") + `","type":"folder"}],"links":[]}`},
		{"/files/" + folderID("me/proj", "deep") + "?fields=!href,!url,!created_on,!modified_on", `{
			"id":"` + folderID("me/proj", "deep") + `","name":"deep","project":"me/proj","parent":"` + rootID("me/proj") + `",
			"type":"folder","storage":{"type":"PLATFORM"},"origin":{},"tags":[],"metadata":{}}`},
		{"/projects/me/proj", `{"href":"https://api.example.org/v2/projects/me/proj","id":"me/proj","name":"API testing",
			"type":"v2","category":"PRIVATE","description":"","billing_group":"00000000-0000-4000-8000-000000000000",
			"root_folder":"` + rootID("me/proj") + `","tags":[],"created_by":"me","created_on":"2024-01-15T12:00:00Z",
			"modified_on":"2024-01-15T12:00:00Z",
			"permissions":{"write":true,"copy":true,"execute":true,"admin":true,"read":true},
			"settings":{"locked":false,"controlled":false,"location":"aws:us-east-1","use_interruptible_instances":true,
			"use_memoization":false,"use_elastic_disk":false,"allow_network_access":true,
			"intermediate_files":{"retention":"LIMITED","duration":24}}}`},
		{"/billing/groups/00000000-0000-4000-8000-000000000000/breakdown/storage?limit=1", `{
			"href":"https://api.example.org/v2/billing/groups/00000000-0000-4000-8000-000000000000/breakdown/storage?limit=1&offset=0",
			"items":[{"project_name":"API testing","project_created_by":"me","location":"aws:us-east-1",
			"active":{"size":7.0000002,"unit":"GB"},"archived":{"size":0,"unit":"GB"},"project_locked":false}],"links":[]}`},
		{"/projects/me?name=api", `{"href":"https://api.example.org/v2/projects/me?limit=50&name=api&offset=0",
			"items":[{"href":"https://api.example.org/v2/projects/me/proj","id":"me/proj","name":"API testing"}],"links":[]}`},
		{"/storage/volumes/me/vol", `{"href":"https://api.example.org/v2/storage/volumes/me/vol","id":"me/vol","name":"vol",
			"description":"","access_mode":"RW","active":true,"created_on":"2024-01-15T12:00:00Z",
			"modified_on":"2024-01-15T12:00:00Z","service":{"type":"s3","bucket":"bucket-name","prefix":"cohort",
			"endpoint":"s3.amazonaws.com","credentials":{"access_key_id":"AKIASIMULATED"},
			"properties":{"sse_algorithm":"AES256","sse_aws_kms_key_id":null,"aws_canned_acl":null},
			"export_enabled":true,"direct_export_enabled":false}}`},
		{"/storage/volumes", `{"href":"https://api.example.org/v2/storage/volumes?limit=50&offset=0",
			"items":[{"href":"https://api.example.org/v2/storage/volumes/me/vol","id":"me/vol","name":"vol"}],"links":[]}`},
		{"/storage/volumes/me/vol/list", `{"href":"https://api.example.org/v2/storage/volumes/me/vol/list",
			"items":[{"href":"https://api.example.org/v2/storage/volumes/me/vol/object?location=a.txt","location":"a.txt",
			"volume":"me/vol","type":"s3"}],
			"prefixes":[{"href":"https://api.example.org/v2/storage/volumes/me/vol/list?prefix=exports","prefix":"exports",
			"volume":"me/vol"}],"links":[]}`},
		{"/storage/volumes/me/vol/object?location=exports/b%20c.txt", `{
			"href":"https://api.example.org/v2/storage/volumes/me/vol/object?location=exports%2Fb+c.txt",
			"location":"exports/b c.txt","volume":"me/vol","type":"s3",
			"metadata":{"size":17,"last_modified":"2024-01-15T12:00:00Z"}}`},
		{"/storage/volumes/me/vol/members/me", `{
			"href":"https://api.example.org/v2/storage/volumes/me/vol/members/me","id":"me","username":"me",
			"email":"me@example.org","type":"USER","permissions":{"read":true,"copy":true,"write":true,"admin":true}}`},
		{"/projects/me/proj/members", `{"href":"https://api.example.org/v2/projects/me/proj/members?limit=50&offset=0",
			"items":[{"href":"https://api.example.org/v2/projects/me/proj/members/me","id":"me","username":"me",
			"email":"me@example.org","type":"USER",
			"permissions":{"write":true,"copy":true,"execute":true,"admin":true,"read":true}}],"links":[]}`},
		{"/projects/me/proj/members/me?fields=permissions", `{
			"permissions":{"write":true,"copy":true,"execute":true,"admin":true,"read":true}}`},
		{"/storage/exports", `{"href":"https://api.example.org/v2/storage/exports?limit=50&offset=0","items":[],"links":[]}`},
	}
	c := start(t, small+"  objects: [a.txt, {location: exports/b c.txt, size: 17}]\n")
	for _, test := range tests {
		t.Run(test.call, func(t *testing.T) {
			equalJSON(t, any(c.get(test.call).body), test.want)
		})
	}
}

// rootID and folderID are the IDs made for folders.
func rootID(project string) string         { return madeFileID(project, "").String() }
func folderID(project, path string) string { return madeFileID(project, path).String() }

// Objects of Google's have the names that Google gives, among them the whole key.
func TestGoogleObject(t *testing.T) {
	c := start(t, "user: me\nvolumes: [{id: me/g, type: gcs, prefix: input-files, bucket: b, objects: [20.intervals]}]\n")
	object := c.get("/storage/volumes/me/g/object?location=20.intervals").body
	equalJSON(t, object["location"], `"20.intervals"`)
	equalJSON(t, object["type"], `"gcs"`)
	equalJSON(t, at(object, "metadata", "name"), `"input-files/20.intervals"`)
	equalJSON(t, at(object, "metadata", "size"), `"1000"`)
	want := "bucket contentType crc32c etag generation id kind md5Hash mediaLink metageneration name selfLink size"
	if got := strings.Join(sortedKeys(object["metadata"].(map[string]any)), " "); got != want {
		t.Errorf("metadata %s, want %s", got, want)
	}
}

func TestExportShapes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small)
		single := c.do(200, "POST", "/storage/exports", map[string]any{
			"source":      map[string]any{"file": fileA},
			"destination": map[string]any{"volume": "me/vol", "location": "exports/sample1.bam"},
			"properties":  map[string]any{"sse_algorithm": "aws:kms", "sse_aws_kms_key_id": "key", "aws_canned_acl": nil},
		})
		id := single.body["id"].(string)
		equalJSON(t, any(single.body), `{"href":"https://api.example.org/v2/storage/exports/`+id+`","id":"`+id+`",
			"state":"PENDING","source":{"file":"`+fileA+`"},
			"destination":{"volume":"me/vol","location":"exports/sample1.bam"},"started_on":"2000-01-01T00:00:00Z",
			"overwrite":false,"properties":{"sse_algorithm":"aws:kms","sse_aws_kms_key_id":"key","aws_canned_acl":null}}`)
		if !jobIDForm.MatchString(id) {
			t.Errorf("job ID %q", id)
		}

		both := c.do(200, "POST", "/bulk/storage/exports/create", bulk(
			export(fileB, "b", true), export("64a1f0c2e4b0a1b2c3d40000", "x", false)))
		idB := at(both.items(), 0, "resource", "id").(string)
		equalJSON(t, any(both.body), `{"items":[{"resource":{"href":"https://api.example.org/v2/storage/exports/`+idB+`",
			"id":"`+idB+`","state":"PENDING","source":{"file":"`+fileB+`"},"destination":{"volume":"me/vol","location":"b"},
			"overwrite":true,"properties":{"sse_algorithm":"AES256","sse_aws_kms_key_id":null,"aws_canned_acl":null}}},
			{"error":{"status":404,"code":9009,"message":"Requested file \"64a1f0c2e4b0a1b2c3d40000\" does not exist.",
			"more_info":"https://docs.sevenbridges.com/reference#api-status-codes"}}]}`)

		wait(74 * time.Second)
		got := c.do(200, "POST", "/bulk/storage/exports/get", map[string]any{"export_ids": []string{id, "nope"}})
		equalJSON(t, any(got.body), `{"items":[{"resource":{"href":"https://api.example.org/v2/storage/exports/`+id+`",
			"id":"`+id+`","state":"COMPLETED","source":{"file":"`+fileA+`"},
			"destination":{"volume":"me/vol","location":"exports/sample1.bam"},
			"started_on":"2000-01-01T00:00:00Z","finished_on":"2000-01-01T00:00:01Z","overwrite":false,
			"properties":{"sse_algorithm":"aws:kms","sse_aws_kms_key_id":"key","aws_canned_acl":null},
			"result":{"href":"https://api.example.org/v2/files/`+fileA+`","id":"`+fileA+`","name":"sample1.bam",
			"size":7000000000,"project":"me/proj"}}},
			{"error":{"status":404,"code":9008,"message":"Requested job does not exist.",
			"more_info":"https://docs.sevenbridges.com/reference#api-status-codes"}}]}`)

		files := c.do(200, "POST", "/bulk/files/get", map[string]any{"file_ids": []string{fileA, "0", fileB}})
		equalJSON(t, at(files.items(), 0, "resource", "storage"),
			`{"type":"VOLUME","volume":"me/vol","location":"exports/sample1.bam"}`)
		equalJSON(t, at(files.items(), 1, "error", "code"), "5002")
		equalJSON(t, at(files.items(), 2, "resource", "id"), strconv.Quote(fileB))
	})
}

func TestHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small)
		wait(700 * time.Millisecond)
		first, second := c.get("/files?project=me/proj"), c.get("/storage/volumes/me/vol/list")
		for key, want := range map[string]string{
			"X-Total-Matching-Query": "3", "X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "999",
			"X-RateLimit-Reset": strconv.FormatInt(time.Date(2000, 1, 1, 0, 5, 1, 0, time.UTC).Unix(), 10),
			"Content-Type":      "application/json;charset=UTF-8",
		} {
			if got := first.header.Get(key); got != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
		if id := first.header.Get("X-Request-Id"); id == "" || id == second.header.Get("X-Request-Id") {
			t.Errorf("X-Request-Id %q", id)
		}
		if second.header.Get("X-Total-Matching-Query") != "" {
			t.Error("a volume listing tells a total")
		}
	})
}

func TestQuirks(t *testing.T) {
	seed := `
	user: me
	projects:
	- id: me/proj
	  files:
	  - {path: a.bam, id: ` + fileA + `, secondary_files: [a.bam.bai]}
	  - {path: a.bam.bai, id: ` + fileB + `}
	  - {path: d/c.bam, id: ` + fileC + `, alias: {volume: me/vol, location: x/c.bam}}
	volumes: [{id: me/vol, prefix: pre}]
	failures: [{file: ` + fileB + `}]
	`
	const details = "/files/" + fileA
	tests := []struct {
		quirk, call  string
		path         []any
		usual, other string
	}{
		{"upper_case_types", details, []any{"type"}, `"file"`, `"FILE"`},
		{"upper_case_services", "/storage/volumes/me/vol", []any{"service", "type"}, `"s3"`, `"S3"`},
		{"alias_location_is_key", "/files/" + fileC, []any{"storage", "location"}, `"x/c.bam"`, `"pre/x/c.bam"`},
		{
			"no_hosted_on_locations", details,
			[]any{"storage"},
			`{"type":"PLATFORM","hosted_on_locations":["aws:us-east-1"]}`, `{"type":"PLATFORM"}`,
		},
		{"no_project_location", "/projects/me/proj", []any{"settings", "location"}, `"aws:us-east-1"`, `null`},
		{"slash_prefixes", "/storage/volumes/me/vol/list", []any{"prefixes", 0, "prefix"}, `"x"`, `"x/"`},
		{"capital_rel", "/files?project=me/proj&limit=1", []any{"links", 0, "rel"}, `"next"`, `"Next"`},
		{"secondary_files_as_stubs", details, []any{"_secondary_files", 0, "size"}, `1000`, `null`},
		{
			"links_without_fields", "/files?project=me/proj&limit=1&fields=id",
			[]any{"links", 0, "href"},
			`"https://api.example.org/v2/files?fields=id&limit=1&offset=1&project=me%2Fproj"`,
			`"https://api.example.org/v2/files?limit=1&offset=1&project=me%2Fproj"`,
		},
	}
	for _, test := range tests {
		t.Run(test.quirk, func(t *testing.T) {
			equalJSON(t, at(start(t, seed).get(test.call).body, test.path...), test.usual)
			c := start(t, seed+"\nquirks: {"+test.quirk+": true}\n")
			equalJSON(t, at(c.get(test.call).body, test.path...), test.other)
		})
	}
	t.Run("bare_prefix", func(t *testing.T) {
		c := start(t, seed+"\nquirks: {bare_prefix: true, alias_location_is_key: true}\n")
		equalJSON(t, at(c.get("/files/"+fileC).body, "storage", "location"), `"prex/c.bam"`)
		equalJSON(t, at(c.get("/storage/volumes/me/vol/list?prefix=x").body, "items", 0, "location"), `"x/c.bam"`)
		c.get("/storage/volumes/me/vol/object?location=x/c.bam")
	})
	t.Run("no_total_header", func(t *testing.T) {
		c := start(t, seed+"\nquirks: {no_total_header: true}\n")
		if total := c.get("/files?project=me/proj").header.Get("X-Total-Matching-Query"); total != "" {
			t.Errorf("total %q", total)
		}
	})
	t.Run("null_beside", func(t *testing.T) {
		c := start(t, seed+"\nquirks: {null_beside: true}\n")
		answer := c.do(200, "POST", "/bulk/files/get", map[string]any{"file_ids": []string{fileA, "0"}})
		for i, other := range []string{"error", "resource"} {
			if value, there := at(answer.items(), i).(map[string]any)[other]; value != nil || !there {
				t.Errorf("item %d: %s is %v", i, other, value)
			}
		}
	})
	t.Run("answers of jobs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, seed+`
	quirks: {lower_case_states: true, no_error_in_failed_job: true, jobs_oldest_first: true,
	  copy_only_needs_advance: true, submission_answers_201: true}`)
			c.do(400, "POST", "/storage/exports?copy_only=true", export(fileA, "a", false))
			a := c.do(201, "POST", "/storage/exports", export(fileA, "a", false)).body["id"].(string)
			b := c.do(201, "POST", "/storage/exports", export(fileB, "b", false)).body["id"].(string)
			wait(time.Minute)
			failed := c.job(b)
			if failed["state"] != "failed" || failed["error"] != nil {
				t.Errorf("job: %v", failed)
			}
			equalJSON(t, at(c.get("/storage/exports?fields=id").items()), `[{"id":"`+a+`"},{"id":"`+b+`"}]`)
		})
	})
	t.Run("shuffled_bulk", func(t *testing.T) {
		c := start(t, "user: me\nprojects: [{id: me/proj, generate: [{count: 50, path: '{n}'}]}]\nquirks: {shuffled_bulk: true}\n")
		var ids []string
		for _, item := range c.get("/files?project=me/proj").items() {
			ids = append(ids, at(item, "id").(string))
		}
		moved, seen := 0, map[string]bool{}
		for i, item := range c.do(200, "POST", "/bulk/files/get", map[string]any{"file_ids": ids}).items() {
			id := at(item, "resource", "id").(string)
			seen[id] = true
			if id != ids[i] {
				moved++
			}
		}
		if len(seen) != 50 || moved < 25 {
			t.Errorf("%d items, %d moved", len(seen), moved)
		}
	})
}
