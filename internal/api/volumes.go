package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sbexport/internal/platform"
)

// wireVolume is a volume as the platform sends it.
type wireVolume struct {
	ID         text                `json:"id"`
	AccessMode text                `json:"access_mode"`
	Active     flag                `json:"active"`
	Service    object[wireService] `json:"service"`
}

type wireService struct {
	Type          text `json:"type"`
	Bucket        text `json:"bucket"`
	Account       text `json:"storage_account"`
	Container     text `json:"container"`
	Prefix        text `json:"prefix"`
	Endpoint      text `json:"endpoint"`
	RootURL       text `json:"root_url"`
	ExportEnabled flag `json:"export_enabled"`
}

// services are the names that pages and clients use for one service.
var services = map[string]string{
	"s3": platform.S3, "aws": platform.S3,
	"gcs": platform.GCS, "gcp": platform.GCS, "google": platform.GCS,
	"azure": platform.Azure,
	"oss":   platform.OSS,
}

func volumeID(v *wireVolume) string { return string(v.ID) }

// flaw says what makes the volume useless, or nothing.
func (v *wireVolume) flaw() string {
	if !usable(v.ID, 2) {
		return "has no usable ID"
	}
	return ""
}

func (v *wireVolume) volume() *platform.Volume {
	s := v.Service.value
	kind := strings.ToLower(string(s.Type))
	if name, known := services[kind]; known {
		kind = name
	}
	bucket := string(s.Bucket)
	if bucket == "" && s.Container != "" {
		bucket = string(s.Account + "/" + s.Container)
	}
	endpoint := s.Endpoint
	if endpoint == "" {
		endpoint = s.RootURL
	}
	return &platform.Volume{
		ID:            string(v.ID),
		AccessMode:    strings.ToUpper(string(v.AccessMode)),
		Inactive:      v.Active.given && !v.Active.value,
		ExportRefused: s.ExportEnabled.given && !s.ExportEnabled.value,
		Service:       platform.Service{Type: kind, Bucket: bucket, Prefix: string(s.Prefix), Endpoint: string(endpoint)},
	}
}

// volumePath is the escaped path of a volume, or the error that the platform
// would give for an ID that is none.
func volumePath(id string) (string, error) {
	path, ok := pathID(id, 2)
	if !ok {
		return "", &platform.Error{Status: http.StatusNotFound, Code: 9007, Message: "a volume's ID is owner/name"}
	}
	return "/storage/volumes/" + path, nil
}

// Volume reads one volume.
func (c *Client) Volume(ctx context.Context, id string) (*platform.Volume, error) {
	what := fmt.Sprintf("reading volume %q", id)
	path, err := volumePath(id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	u, like := c.url(path, nil), c.url("/storage/volumes", url.Values{"limit": {"1"}})
	var v wireVolume
	err = c.read(ctx, &call{what: what, method: http.MethodGet, url: u, class: listing, like: like, into: decodeInto(&v)})
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(string(v.ID), id) {
		return nil, fmt.Errorf("%s: the platform's answer is not this volume", what)
	}
	return v.volume(), nil
}

// wireObject is an object on a volume as the platform sends it.
type wireObject struct {
	Location word         `json:"location"`
	Metadata wireMetadata `json:"metadata"`
}

func objectID(o *wireObject) string { return string(o.Location.text) }

// flaw says what makes the object useless, or nothing. One whose key is just the
// volume's prefix has an empty location.
func (o *wireObject) flaw() string {
	if !o.Location.given {
		return "has no usable location"
	}
	return ""
}

// object translates it. The names in the metadata are the cloud provider's own;
// what is known is looked for under those that are in use.
func (o *wireObject) object() platform.Object {
	out := platform.Object{Location: objectID(o), Size: -1}
	for key, values := range o.Metadata {
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
	path, err := volumePath(volume)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	query := url.Values{"limit": {strconv.Itoa(pageSize)}, "fields": {"_all"}}
	if prefix != "" {
		query.Set("prefix", prefix)
	}
	u := c.url(path+"/list", query)
	found := kind[wireObject]{id: objectID, flaw: (*wireObject).flaw, linked: true, below: below}
	return walk(ctx, c, what, u, found, func(items []wireObject) error {
		objects := make([]platform.Object, 0, len(items))
		for i := range items {
			if objectID(&items[i]) != "" {
				objects = append(objects, items[i].object())
			}
		}
		return yield(objects)
	})
}

// Object looks for one object on a volume; nil means that there is none.
func (c *Client) Object(ctx context.Context, volume, location string) (*platform.Object, error) {
	what := fmt.Sprintf("looking for %q on volume %q", location, volume)
	path, err := volumePath(volume)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	u := c.url(path+"/object", url.Values{"location": {location}, "fields": {"_all"}})
	var o wireObject
	err = c.read(ctx, &call{
		what: what, method: http.MethodGet, url: u, class: listing,
		into: func(a *answer) error {
			if err := json.Unmarshal(a.body, &o); err != nil {
				return err
			}
			if objectID(&o) == "" {
				return errors.New("it is not an object of a volume")
			}
			return nil
		},
	})
	if refused := platform.Refusal(err); refused.NotThere() && !refused.AboutVolume() {
		return nil, nil //nolint:nilnil // documented: there is none, and that is no error
	}
	if err != nil {
		return nil, err
	}
	out := o.object()
	return &out, nil
}
