package api

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"sbexport/internal/platform"
)

// Visible is the first page of a list, for people to choose from.
type Visible[T any] struct {
	Items []T
	Total int // of the whole list; -1 when the platform did not say
}

// Projects lists the first hundred projects that the user can see.
func (c *Client) Projects(ctx context.Context) (Visible[platform.Project], error) {
	found := kind[wireProject]{id: projectID, flaw: (*wireProject).flaw}
	return visible(ctx, c, "listing the projects", "/projects", found, func(p *wireProject) platform.Project {
		return platform.Project{ID: string(p.ID), RootFolder: string(p.RootFolder), Location: string(p.Settings.value.Location)}
	})
}

// Volumes lists the first hundred volumes that the user can see.
func (c *Client) Volumes(ctx context.Context) (Visible[platform.Volume], error) {
	found := kind[wireVolume]{id: volumeID, flaw: (*wireVolume).flaw}
	return visible(ctx, c, "listing the volumes", "/storage/volumes", found, func(v *wireVolume) platform.Volume { return *v.volume() })
}

func visible[W, T any](ctx context.Context, c *Client, what, path string, kind kind[W], translate func(*W) T) (v Visible[T], err error) {
	u, err := c.url(path, url.Values{"limit": {strconv.Itoa(pageSize)}, "fields": {"_all"}})
	if err != nil {
		return v, fmt.Errorf("%s: %w", what, err)
	}
	p, err := readPage(ctx, c, what, u, kind)
	if err != nil {
		return v, err
	}
	v.Total = p.total
	for i := range p.items {
		v.Items = append(v.Items, translate(&p.items[i]))
	}
	if p.next == nil && p.total < 0 {
		v.Total = len(v.Items)
	}
	return v, nil
}
