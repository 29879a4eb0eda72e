package simulator

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Requests may come from many goroutines at once: each file is exported once,
// and the counts are right.
func TestConcurrentRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, bulky(400)+"	  latency: {min: 1ms, max: 50ms}\n")
		var group sync.WaitGroup
		for folder := range 10 {
			parent := madeFileID("me/proj", "bulk/batch-0"+string("0000000001"[folder])+string("1234567890"[folder])).String()
			group.Go(func() {
				for _, file := range c.get("/files?limit=100&parent=" + parent).items() {
					id := at(file, "id").(string)
					job := c.submit("", export(id, id, false))
					for c.job(job)["state"] != "COMPLETED" {
						time.Sleep(100 * time.Millisecond)
					}
					if kind := at(c.storage(id), "type"); kind != "VOLUME" {
						t.Errorf("%s is %v after its job", id, kind)
					}
				}
			})
		}
		group.Wait()
		if n := c.s.Counters()["jobs completed"]; n != 400 {
			t.Errorf("%d jobs completed", n)
		}
		if n := c.s.Counters()["requests"]; n != len(c.s.Requests()) {
			t.Errorf("%d requests counted, %d kept", n, len(c.s.Requests()))
		}
		c.noViolations()
	})
}
