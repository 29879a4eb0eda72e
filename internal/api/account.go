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

// User reads the name of the user that the token belongs to.
func (c *Client) User(ctx context.Context) (string, error) {
	const what = "reading the user"
	var u struct {
		Name text `json:"username"`
	}
	if err := c.get(ctx, what, "/user", listing, &u); err != nil {
		return "", err
	}
	if u.Name == "" {
		return "", fmt.Errorf("%s: the platform's answer names none", what)
	}
	return string(u.Name), nil
}

// RateLimit asks for the budget, which costs nothing, and returns what is known
// of it then. A platform that does not offer the call is not an error.
func (c *Client) RateLimit(ctx context.Context) (platform.Budget, error) {
	const what = "reading the request limit"
	u := c.url("/rate_limit", nil)
	sent := time.Now()
	err := c.read(ctx, &call{
		what: what, method: http.MethodGet, url: u, class: listing, free: true,
		into: func(a *answer) error {
			t, err := decodeRate(a)
			if err == nil {
				c.gate.learn(t, sent)
			}
			return err
		},
	})
	var protocol *ProtocolError
	if platform.Refusal(err).NotThere() || errors.As(err, &protocol) && protocol.Status == http.StatusNotFound {
		err = nil
	}
	return c.Budget(), err
}

// decodeRate reads the budget from the body of the rate limit's own call.
func decodeRate(a *answer) (told, error) {
	var body struct {
		Rate object[struct {
			Limit     number `json:"limit"`
			Remaining number `json:"remaining"`
			Reset     number `json:"reset"`
		}] `json:"rate"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return told{}, err
	}
	t := readHeaders(a) // for the date
	t.limit, t.remaining, t.reset = body.Rate.value.Limit, body.Rate.value.Remaining, unixSeconds(body.Rate.value.Reset)
	return t, nil
}

// wireProject is a project as the platform sends it.
type wireProject struct {
	ID         text `json:"id"`
	RootFolder text `json:"root_folder"`
	Settings   object[struct {
		Location text `json:"location"`
	}] `json:"settings"`
}

func projectID(p *wireProject) string { return string(p.ID) }

// flaw says what makes the project useless, or nothing.
func (p *wireProject) flaw() string {
	if !usable(p.ID, 2) {
		return "has no usable ID"
	}
	return ""
}

// project translates it.
func (p *wireProject) project() platform.Project {
	return platform.Project{ID: string(p.ID), RootFolder: string(p.RootFolder), Location: string(p.Settings.value.Location)}
}

// Project reads one project.
func (c *Client) Project(ctx context.Context, id string) (*platform.Project, error) {
	what := fmt.Sprintf("reading project %q", id)
	path, ok := pathID(id, 2)
	if !ok {
		return nil, fmt.Errorf("%s: %w", what,
			&platform.Error{Status: http.StatusBadRequest, Code: 3012, Message: "a project's ID is owner/short-name"})
	}
	var p wireProject
	if err := c.get(ctx, what, "/projects/"+path, listing, &p); err != nil {
		return nil, err
	}
	if !strings.EqualFold(string(p.ID), id) {
		return nil, fmt.Errorf("%s: the platform's answer is not this project", what)
	}
	out := p.project()
	return &out, nil
}

// Visible is the first page of a list, for people to choose from.
type Visible[T any] struct {
	Items []T
	Total int // of the whole list; -1 when the platform did not say
}

// Projects lists the first hundred projects that the user can see.
func (c *Client) Projects(ctx context.Context) (Visible[platform.Project], error) {
	found := kind[wireProject]{id: projectID, flaw: (*wireProject).flaw}
	return visible(ctx, c, "listing the projects", "/projects", found, (*wireProject).project)
}

// Volumes lists the first hundred volumes that the user can see.
func (c *Client) Volumes(ctx context.Context) (Visible[platform.Volume], error) {
	found := kind[wireVolume]{id: volumeID, flaw: (*wireVolume).flaw}
	return visible(ctx, c, "listing the volumes", "/storage/volumes", found, func(v *wireVolume) platform.Volume { return *v.volume() })
}

func visible[W, T any](ctx context.Context, c *Client, what, path string, kind kind[W], translate func(*W) T) (v Visible[T], err error) {
	u := c.url(path, url.Values{"limit": {strconv.Itoa(pageSize)}, "fields": {"_all"}})
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
