package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sbexport/internal/platform"
)

// wireVolume is a volume as the platform sends it.
type wireVolume struct {
	ID         text `json:"id"`
	AccessMode text `json:"access_mode"`
	Active     flag `json:"active"`
	Service    object[struct {
		Type          text `json:"type"`
		Bucket        text `json:"bucket"`
		Account       text `json:"storage_account"`
		Container     text `json:"container"`
		Prefix        text `json:"prefix"`
		Endpoint      text `json:"endpoint"`
		RootURL       text `json:"root_url"`
		ExportEnabled flag `json:"export_enabled"`
	}] `json:"service"`
}

var volumes = &kind[wireVolume, platform.Volume]{
	noun: "volume", path: "/storage/volumes", parts: 2, none: 9007, listed: true,
	id:    func(v *wireVolume) string { return string(v.ID) },
	flaw:  func(v *wireVolume) string { return badID(v.ID, 2) },
	value: (*wireVolume).volume,
}

func (v *wireVolume) volume() platform.Volume {
	s := v.Service.value
	bucket := string(s.Bucket)
	if bucket == "" && s.Container != "" {
		bucket = string(s.Account + "/" + s.Container)
	}
	return platform.Volume{
		ID:            string(v.ID),
		AccessMode:    strings.ToUpper(string(v.AccessMode)),
		Inactive:      v.Active.given && !v.Active.value,
		ExportRefused: s.ExportEnabled.given && !s.ExportEnabled.value,
		Service: platform.Service{
			Type: platform.ServiceType(string(s.Type)), Bucket: bucket, Prefix: string(s.Prefix), Endpoint: string(cmp.Or(s.Endpoint, s.RootURL)),
		},
	}
}

// Volume reads one volume.
func (c *Client) Volume(ctx context.Context, id string) (*platform.Volume, error) {
	return volumes.one(ctx, c, id)
}

// Volumes lists the volumes that the user can see.
func (c *Client) Volumes(ctx context.Context) ([]platform.Volume, error) {
	return newList(c, volumes, "listing the volumes", volumes.path, nil).all(ctx)
}

// wireObject is an object on a volume as the platform sends it.
type wireObject struct {
	Location word         `json:"location"`
	Metadata wireMetadata `json:"metadata"`
}

// objects are listed below their volume and read by their location. One whose key
// is just the volume's prefix has an empty location.
var objects = &kind[wireObject, platform.Object]{
	id: func(o *wireObject) string { return string(o.Location.text) },
	flaw: func(o *wireObject) string {
		if !o.Location.given {
			return "has no usable location"
		}
		return ""
	},
	value: (*wireObject).object,
}

// object translates it. The names in the metadata are the cloud provider's own;
// what is known is looked for under those that are in use.
func (o *wireObject) object() platform.Object {
	out := platform.Object{Location: string(o.Location.text), Size: -1}
	for key, values := range o.Metadata.value {
		if len(values) == 0 {
			continue
		}
		switch strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(key)) {
		case "size", "contentlength":
			if n, err := strconv.ParseInt(values[0], 10, 64); err == nil && n >= 0 {
				out.Size = n
			}
		case "etag":
			out.ETag = strings.Trim(values[0], `"`)
		case "md5hash", "contentmd5":
			out.MD5 = values[0]
		case "generation":
			out.Generation = values[0]
		case "lastmodified", "updated":
			out.ModifiedOn = modified(values[0])
		}
	}
	return out
}

// modified reads a time as one of the providers or of their libraries writes it;
// it is zero when none of them does.
func modified(text string) time.Time {
	for _, layout := range []string{time.RFC3339, http.TimeFormat, "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Truncate(time.Second) // not every form has more
		}
	}
	return time.Time{}
}

// Objects lists the objects of a volume that lie directly under a prefix, which
// is a "directory" that ends in a slash, or empty for the volume's own top. What
// lies deeper is not listed. It calls yield with a page at a time, never from
// two goroutines at once; each object comes once.
func (c *Client) Objects(ctx context.Context, volume, prefix string, yield func([]platform.Object) error) error {
	return c.level(ctx, volume, prefix, yield, nil)
}

// ObjectTree lists all objects of a volume, "directory" by "directory" (the
// platform lists one level at a time). It calls yield with a page at a time. An
// object may come twice.
func (c *Client) ObjectTree(ctx context.Context, volume string, yield func([]platform.Object) error) error {
	queue := []string{""}
	for len(queue) > 0 {
		prefix := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		err := c.level(ctx, volume, prefix, yield, func(directories []string) {
			for _, d := range directories {
				next := strings.TrimSuffix(d, "/") + "/"
				// What does not lead further down would lead round in circles.
				if len(next) > len(prefix) && strings.HasPrefix(next, prefix) && next != "/" {
					queue = append(queue, next)
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// level lists what lies directly under a prefix. Below, which may be nil, takes
// the "directories" among it.
func (c *Client) level(ctx context.Context, volume, prefix string, yield func([]platform.Object) error, below func([]string)) error {
	what := fmt.Sprintf("listing %q on volume %q", prefix, volume)
	path, err := volumes.at(volume)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	query := url.Values{}
	if prefix != "" {
		query.Set("prefix", prefix)
	}
	l := newList(c, objects, what, path+"/list", query)
	l.linked, l.directories = true, below
	return l.read(ctx, func(page []platform.Object) error {
		return yield(slices.DeleteFunc(page, func(o platform.Object) bool { return o.Location == "" }))
	})
}

// Object looks for one object on a volume; nil means that there is none.
func (c *Client) Object(ctx context.Context, volume, location string) (*platform.Object, error) {
	what := fmt.Sprintf("looking for %q on volume %q", location, volume)
	path, err := volumes.at(volume)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var o wireObject
	u := c.url(path+"/object", url.Values{"location": {location}, "fields": {"_all"}})
	err = c.read(ctx, &call{what: what, method: http.MethodGet, url: u, into: decodeInto(&o)})
	if refused := platform.Refusal(err); refused.NotThere() && !refused.AboutVolume() {
		return nil, nil //nolint:nilnil // documented: there is none, and that is no error
	}
	if err != nil {
		return nil, err
	}
	if o.Location.text == "" {
		return nil, fmt.Errorf("%s: the platform's answer is not an object of a volume", what)
	}
	out := o.object()
	return &out, nil
}
