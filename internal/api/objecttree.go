package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sbexport/internal/platform"
)

// wirePrefix is a "directory" in a volume's listing.
type wirePrefix struct {
	Prefix text `json:"prefix"`
}

// ObjectTree lists all objects of a volume, "directory" by "directory" (the
// platform lists one level at a time). It calls yield with a page at a time. An
// object may come twice.
func (c *Client) ObjectTree(ctx context.Context, volume string, yield func([]platform.Object) error) error {
	queue := []string{""}
	for len(queue) > 0 {
		prefix := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		below, err := c.objectLevel(ctx, volume, prefix, yield)
		if err != nil {
			return err
		}
		queue = append(queue, below...)
	}
	return nil
}

// objectLevel lists what lies directly under a prefix and returns the prefixes
// one level below.
func (c *Client) objectLevel(ctx context.Context, volume, prefix string, yield func([]platform.Object) error) ([]string, error) {
	what := fmt.Sprintf("listing %q on volume %q", prefix, volume)
	path, err := volumePath(volume)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	query := url.Values{"limit": {strconv.Itoa(pageSize)}, "fields": {"_all"}}
	if prefix != "" {
		query.Set("prefix", prefix)
	}
	u, err := c.url(path+"/list", query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	below, seen, pages := []string(nil), map[string]bool{}, map[string]bool{}
	for u != nil {
		if pages[u.RawQuery] {
			return nil, fmt.Errorf("%s: %w", what, &oddListError{"its links run in a circle"})
		}
		pages[u.RawQuery] = true
		p, prefixes, err := c.objectPage(ctx, what, u)
		if err != nil {
			return nil, err
		}
		if err := yieldObjects(p.items, yield); err != nil {
			return nil, err
		}
		for _, found := range prefixes {
			next := strings.TrimSuffix(string(found.value.Prefix), "/") + "/"
			// What does not lead further down would lead round in circles.
			if len(next) > len(prefix) && strings.HasPrefix(next, prefix) && next != "/" && !seen[next] {
				seen[next] = true
				below = append(below, next)
			}
		}
		u = p.next
	}
	return below, nil
}

// objectPage reads a page of a volume's listing with the prefixes in it.
func (c *Client) objectPage(ctx context.Context, what string, u *url.URL) (*page[wireObject], list[object[wirePrefix]], error) {
	var got *page[wireObject]
	var body struct {
		Prefixes list[object[wirePrefix]] `json:"prefixes"`
	}
	k := &call{what: what, method: http.MethodGet, url: u, class: listing}
	k.into = func(a *answer) (err error) {
		if got, err = decodePage[wireObject](c.base, u, a); err != nil {
			return err
		}
		return json.Unmarshal(a.body, &body)
	}
	if err := c.readSound(ctx, k, func() string { return got.flaw(objectKind) }); err != nil {
		return nil, nil, err
	}
	return got, body.Prefixes, nil
}

// yieldObjects passes on the objects of a page that have a location.
func yieldObjects(items []wireObject, yield func([]platform.Object) error) error {
	objects := make([]platform.Object, 0, len(items))
	for i := range items {
		if objectID(&items[i]) != "" {
			objects = append(objects, items[i].object())
		}
	}
	return yield(objects)
}
