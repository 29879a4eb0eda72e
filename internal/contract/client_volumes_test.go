package contract_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/api"
	"sbexport/internal/contract"
	"sbexport/internal/platform"
)

func TestClientReadsAVolume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := contract.New(contract.Options{})
		c := connect(t, s, api.Options{})
		for id, want := range map[string]string{
			contract.Good:     "s3 cohort/ RW true",
			contract.Bare:     "s3 run-7 RW true",
			contract.ReadOnly: "s3  RO true",
			contract.Inactive: "s3  RW false",
			contract.Google:   "gcs  RW true",
		} {
			v, err := c.Volume(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			active := map[bool]string{true: "true", false: "false"}[!v.Inactive]
			if got := strings.Join([]string{v.Service.Type, v.Service.Prefix, v.AccessMode, active}, " "); got != want || v.ID != id {
				t.Errorf("%s: %q, want %q", id, got, want)
			}
		}
		p, err := c.Project(t.Context(), contract.Project)
		if err != nil || p.Location != "aws:us-east-1" || p.RootFolder == "" || p.ID != contract.Project {
			t.Errorf("project %+v, error %v", p, err)
		}
		if _, err := c.User(t.Context()); err != nil {
			t.Error(err)
		}
		var refused *platform.Error
		if _, err := c.Volume(t.Context(), "contract-lab/none"); !errors.As(err, &refused) || refused.Code != 9007 {
			t.Errorf("unknown volume: %v", err)
		}
		if _, err := c.Project(t.Context(), "contract-lab/none"); !errors.As(err, &refused) || refused.Code != 3002 {
			t.Errorf("unknown project: %v", err)
		}
		if o, err := c.Object(t.Context(), contract.Good, "no/such"); o != nil || err != nil {
			t.Errorf("unknown object: %v, %v", o, err)
		}
		s.Check(t)
	})
}

// TestClientReadsObjects lists directories page by page and looks for each
// object by itself.
func TestClientReadsObjects(t *testing.T) {
	for _, size := range []int{3, 100} {
		c := contract.NewContents()
		c.Volume(contract.Volume{ID: "lab/bucket", Prefix: "pre/"})
		want := map[string][]string{
			"":    {"a b.txt", "plus+.txt", "hash#1", "what?", "100%", "é.txt", "データ", "a&b=c", "%41"},
			"d/":  {"d/x", "d/y z", "d/é"},
			"d/e": {},
		}
		for i := range 25 {
			want["m/é n/"] = append(want["m/é n/"], fmt.Sprintf("m/é n/%03d", i))
		}
		for _, locations := range want {
			for _, l := range locations {
				c.Object("lab/bucket", "pre/"+l, int64(len(l)))
			}
		}
		s := contract.New(contract.Options{Contents: c, PageCap: size})
		client := connect(t, s, api.Options{})
		for dir, locations := range want {
			got := []string{}
			err := client.Objects(t.Context(), "lab/bucket", dir, func(page []platform.Object) error {
				for _, o := range page {
					got = append(got, o.Location)
					if o.Size != -1 && o.Size != int64(len(o.Location)) {
						t.Errorf("%q has size %d", o.Location, o.Size)
					}
				}
				return nil
			})
			slices.Sort(got)
			slices.Sort(locations)
			if diff := cmp.Diff(locations, got); diff != "" || err != nil {
				t.Errorf("%q: error %v (-want +got):\n%s", dir, err, diff)
			}
			for _, l := range locations {
				if o, err := client.Object(t.Context(), "lab/bucket", l); err != nil || o == nil || o.Location != l {
					t.Errorf("%q: %+v, error %v", l, o, err)
				}
			}
		}
		if o, err := client.Object(t.Context(), "lab/none", "x"); err == nil {
			t.Errorf("object on no volume: %+v", o)
		}
		s.Check(t)
	}
}
