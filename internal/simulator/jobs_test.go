package simulator

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestJobRunsItsCourse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small+`
	behavior:
	  jobs: {pending: 10s, duration: 50s}
		`)
		id := c.submit("", export(fileA, "exports/sample1.bam", false))
		for _, step := range []struct {
			after time.Duration
			state string
		}{{0, "PENDING"}, {9 * time.Second, "PENDING"}, {time.Second, "RUNNING"}, {49 * time.Second, "RUNNING"}} {
			wait(step.after)
			if state := c.job(id)["state"]; state != step.state {
				t.Errorf("state %v, want %v", state, step.state)
			}
			equalJSON(t, c.storage(fileA), `{"type":"PLATFORM","hosted_on_locations":["aws:us-east-1"]}`)
		}
		wait(time.Second)
		equalJSON(t, c.storage(fileA), `{"type":"VOLUME","volume":"me/vol","location":"exports/sample1.bam"}`)
		done := c.job(id)
		if done["state"] != "COMPLETED" || done["finished_on"] != "2000-01-01T00:01:00Z" || done["started_on"] != "2000-01-01T00:00:10Z" {
			t.Errorf("job: %v", done)
		}
		object := c.get("/storage/volumes/me/vol/object?location=exports/sample1.bam")
		if at(object.body, "metadata", "size") != 7e9 {
			t.Errorf("object: %s", object.text)
		}
		c.noViolations()
	})
}

func TestCopyOnlyLeavesTheFile(t *testing.T) {
	for _, spelling := range []string{"true", "True", "TRUE"} {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, small)
			id := c.submit("?copy_only="+spelling, export(fileA, "a.bam", false))
			wait(time.Minute)
			if state := c.job(id)["state"]; state != "COMPLETED" {
				t.Errorf("state %v", state)
			}
			if kind := at(c.storage(fileA), "type"); kind != "PLATFORM" {
				t.Errorf("storage type %v", kind)
			}
			c.get("/storage/volumes/me/vol/object?location=a.bam")
			if _, told := c.job(id)["copy_only"]; told {
				t.Error("the job tells copy_only, which the platform does not")
			}
		})
	}
}

func TestExistingObjects(t *testing.T) {
	seed := small + `
	  objects: [{location: a.bam, size: 5}]
	`
	t.Run("fails the job", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, seed)
			id := c.submit("", export(fileA, "a.bam", false))
			wait(time.Minute)
			equalJSON(t, at(c.job(id), "error", "code"), "9107")
			equalJSON(t, at(c.storage(fileA), "type"), `"PLATFORM"`)
			equalJSON(t, at(c.get("/storage/volumes/me/vol/object?location=a.bam").body, "metadata", "size"), "5")
		})
	})
	t.Run("is refused", func(t *testing.T) {
		c := start(t, seed+"\nbehavior: {jobs: {existing_object: refused}}\n")
		answer := c.do(409, "POST", "/storage/exports", export(fileA, "a.bam", false))
		equalJSON(t, answer.body["code"], "9107")
	})
	t.Run("overwrite replaces", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, seed)
			id := c.submit("", export(fileA, "a.bam", true))
			wait(time.Minute)
			equalJSON(t, c.job(id)["state"], `"COMPLETED"`)
			equalJSON(t, at(c.get("/storage/volumes/me/vol/object?location=a.bam").body, "metadata", "size"), "7000000000")
			if n := c.s.Counters()["objects replaced"]; n != 1 {
				t.Errorf("%d objects replaced", n)
			}
		})
	})
	t.Run("overwrite deletes even if the job fails then", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, seed+"failures: [{path: sample1.bam}]\n")
			id := c.submit("", export(fileA, "a.bam", true))
			wait(time.Minute)
			equalJSON(t, at(c.job(id), "error", "code"), "9100")
			c.do(404, "GET", "/storage/volumes/me/vol/object?location=a.bam", nil)
		})
	})
}

func TestLags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small+`
	behavior:
	  jobs: {pending: 0s, duration: 10s, alias_lag: 5s, list_lag: 3s}
		`)
		id := c.submit("", export(fileA, "a.bam", false))
		if n := len(c.get("/storage/exports").items()); n != 0 {
			t.Errorf("%d jobs listed before the lag", n)
		}
		c.job(id) // by its ID the job is there at once
		wait(3 * time.Second)
		for _, query := range []string{"", "?state=RUNNING", "?state=RUNNING&state=COMPLETED", "?volume=me/vol"} {
			if n := len(c.get("/storage/exports" + query).items()); n != 1 {
				t.Errorf("%d jobs listed after the lag by %q", n, query)
			}
		}
		wait(7 * time.Second)
		equalJSON(t, c.job(id)["state"], `"COMPLETED"`)
		equalJSON(t, at(c.storage(fileA), "type"), `"PLATFORM"`)
		wait(5 * time.Second)
		equalJSON(t, at(c.storage(fileA), "type"), `"VOLUME"`)
	})
}

func TestJobsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, `
	user: me
	projects:
	- {id: me/proj, generate: [{count: 7, path: "{n}.bam"}]}
	volumes: [{id: me/vol}]
	behavior: {jobs: {pending: 0s, duration: 10s, at_once: 3}}
		`)
		for _, file := range c.get("/files?project=me/proj").items() {
			id := at(file, "id").(string)
			c.submit("", export(id, id, false))
		}
		want := []string{"3 running", "3 running", "1 running", "0 running"}
		for _, expected := range want {
			running := c.get("/storage/exports?state=RUNNING").header.Get("X-Total-Matching-Query")
			if running+" running" != expected {
				t.Errorf("%s running, want %s", running, expected)
			}
			wait(10 * time.Second)
		}
	})
}

func TestDurations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, `
	user: me
	projects:
	- {id: me/proj, generate: [{count: 400, path: "{n}.bam", size: 2 GB}]}
	volumes: [{id: me/vol}]
	behavior: {jobs: {pending: 0s, duration: {min: 10s, max: 20s, tail: 100s, per_gb: 1s}}, rate_limit: {limit: 0}}
		`)
		for page := range 4 {
			for _, file := range c.get("/files?project=me/proj&limit=100&offset=" + string("0123"[page]) + "00").items() {
				id := at(file, "id").(string)
				c.submit("", export(id, id, false))
			}
		}
		late := 0
		for _, j := range c.s.jobs {
			took := j.end.Sub(j.start)
			if took < 12*time.Second || took > 102*time.Second {
				t.Fatalf("a job takes %v", took)
			}
			if took > 22*time.Second {
				late++
			}
		}
		if late < 4 || late > 50 {
			t.Errorf("%d of 400 jobs in the tail, want about 20", late)
		}
	})
}

func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small+`
	failures:
	- {path: "**/sample3.bam", at: submission, error: 9004, times: 1}
	- {file: `+fileA+`, error: {code: 9103, message: the bucket says no}, times: 2}
	- {project: me/other, path: "**"}
		`)
		answer := c.do(200, "POST", "/bulk/storage/exports/create", bulk(
			export(fileA, "a", false), export(fileB, "b", false), export(fileC, "c", false)))
		equalJSON(t, at(answer.items(), 2, "error", "code"), "9004")
		wait(time.Minute)
		failed := c.job(at(answer.items(), 0, "resource", "id").(string))
		equalJSON(t, failed["error"], `{"status":403,"code":9103,"message":"the bucket says no",
			"more_info":"https://docs.sevenbridges.com/reference#api-status-codes"}`)
		equalJSON(t, failed["state"], `"FAILED"`)
		if failed["finished_on"] == nil || failed["result"] != nil {
			t.Errorf("failed job: %v", failed)
		}
		equalJSON(t, c.job(at(answer.items(), 1, "resource", "id").(string))["state"], `"COMPLETED"`)
		c.submit("", export(fileC, "c", false))
		for _, want := range []string{`"FAILED"`, `"COMPLETED"`} {
			id := c.submit("", export(fileA, "a", false))
			wait(time.Minute)
			equalJSON(t, c.job(id)["state"], want)
		}
		c.noViolations()
	})
}

func TestSeededJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small+`
	users: {colleague: token-2}
	jobs:
	- {project: me/proj, path: sample1.bam, volume: me/vol, location: a, state: RUNNING, takes: 10s}
	- {file: `+fileB+`, volume: me/vol, location: b, user: colleague}
	- {file: `+fileB+`, volume: me/vol, location: b2, state: FAILED, error: 9107, id: erand0md6gMeuLlhWTNVj192RsnOMgdB}
	- {file: `+fileC+`, volume: me/vol, location: c, state: PENDING, takes: 20s, error: 9103}
		`)
		if n := len(c.get("/storage/exports").items()); n != 3 {
			t.Errorf("%d jobs of the user, want 3", n)
		}
		equalJSON(t, at(c.job("erand0md6gMeuLlhWTNVj192RsnOMgdB"), "error", "code"), "9107")
		equalJSON(t, c.get("/storage/exports?state=PENDING&fields=destination").items(),
			`[{"destination":{"volume":"me/vol","location":"c"}}]`)
		wait(10 * time.Second)
		equalJSON(t, at(c.storage(fileA), "location"), `"a"`)
		wait(10 * time.Second)
		equalJSON(t, at(c.get("/storage/exports?state=FAILED&fields=error").items(), 0, "error", "code"), "9103")
		other := &client{t: t, s: c.s, token: "token-2"}
		theirs := other.get("/storage/exports").items()
		if len(theirs) != 1 {
			t.Fatalf("%d jobs of the colleague, want 1", len(theirs))
		}
		answer := c.do(403, "GET", "/storage/exports/"+at(theirs, 0, "id").(string), nil)
		equalJSON(t, answer.body["code"], "9005")
	})
}

// A job whose file became an alias meanwhile has nothing left to export.
func TestJobOfAnAliasFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small)
		first := c.submit("", export(fileA, "a", false))
		wait(time.Millisecond)
		second := c.submit("?copy_only=true", export(fileA, "b", false))
		wait(time.Minute)
		equalJSON(t, c.job(first)["state"], `"COMPLETED"`)
		equalJSON(t, at(c.job(second), "error", "code"), "9109")
	})
}
