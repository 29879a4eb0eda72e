package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sbexport/internal/platform"
)

// User reads the name of the user that the token belongs to.
func (c *Client) User(ctx context.Context) (string, error) {
	const what = "reading the user"
	var u struct {
		Name text `json:"username"`
	}
	err := c.read(ctx, &call{what: what, method: http.MethodGet, url: c.url("/user", nil), into: decodeInto(&u)})
	if err == nil && u.Name == "" {
		err = fmt.Errorf("%s: the platform's answer names none", what)
	}
	return string(u.Name), err
}

// RateLimit asks for the budget, which costs nothing, and returns what is known
// of it then. A platform that does not offer the call is not an error.
func (c *Client) RateLimit(ctx context.Context) (platform.Budget, error) {
	sent := time.Now()
	err := c.read(ctx, &call{
		what: "reading the request limit", method: http.MethodGet, url: c.url("/rate_limit", nil), free: true,
		into: func(a *answer) error {
			t, err := decodeRate(a)
			if err == nil {
				c.gate.update(func(l *ledger) { l.learn(t, sent, time.Now()) })
			}
			return err
		},
	})
	var failed *failure
	if platform.Refusal(err).NotThere() || errors.As(err, &failed) && failed.status == http.StatusNotFound {
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
	ID         text  `json:"id"`
	RootFolder text  `json:"root_folder"`
	Name       text  `json:"name"`
	CreatedBy  text  `json:"created_by"`
	Billing    text  `json:"billing_group"`
	Tags       texts `json:"tags"`
	Settings   object[struct {
		Location text `json:"location"`
	}] `json:"settings"`
}

var projects = &kind[wireProject, platform.Project]{
	noun: "project", path: "/projects", parts: 2, none: 3012,
	id:   func(p *wireProject) string { return string(p.ID) },
	flaw: func(p *wireProject) string { return badID(p.ID, 2) },
	value: func(p *wireProject) platform.Project {
		return platform.Project{
			ID: string(p.ID), RootFolder: string(p.RootFolder), Location: string(p.Settings.value.Location),
			Name: string(p.Name), CreatedBy: string(p.CreatedBy), BillingGroup: string(p.Billing), Tags: p.Tags,
		}
	},
}

// Project reads one project.
func (c *Client) Project(ctx context.Context, id string) (*platform.Project, error) {
	return projects.one(ctx, c, id)
}

// projectFields are few, because the platform fails at a whole page where it cannot
// tell all of one project on it.
const projectFields = "id,name,tags,root_folder,settings"

// Projects lists the projects that the user can see. Where the platform fails at
// a page all the same, it is read in smaller and smaller parts; broken is how many
// projects are left at which it fails.
func (c *Client) Projects(ctx context.Context) (all []platform.Project, broken int, err error) {
	l := newList(c, projects, "listing the projects", projects.path, url.Values{"fields": {projectFields}})
	l.like, l.own = func() *url.URL { return c.url("/user", nil) }, firstBackoff
	if all, err = l.all(ctx); !platform.Refusal(err).Broken() {
		return all, 0, err
	}
	around := &around[wireProject, platform.Project]{list: l, seen: map[string]bool{}}
	if _, err := around.read(ctx, 0, maxPages*pageSize, pageSize); err != nil {
		return nil, 0, err
	}
	return around.all, around.broken, nil
}

// around reads a list around items at which the platform fails.
type around[W, T any] struct {
	list   *list[W, T]
	seen   map[string]bool
	all    []T
	broken int
}

// read reads up to n items from an offset on, so many at a time, and returns how
// many there are.
func (a *around[W, T]) read(ctx context.Context, offset, n, atATime int) (int, error) {
	passed := 0
	for passed < n {
		step := min(atATime, n-passed)
		u := atOffset(a.list.first, offset+passed)
		query := u.Query()
		query.Set("limit", strconv.Itoa(step))
		u.RawQuery = encode(query)
		p, err := a.list.readPage(ctx, u)
		here := 0
		switch {
		case err == nil:
			here = len(p.items)
			a.take(p.items)
		case !platform.Refusal(err).Broken():
			return passed, err
		case step == 1:
			here = 1
			a.broken++
		default:
			if here, err = a.read(ctx, offset+passed, step, (step+1)/2); err != nil {
				return passed, err
			}
		}
		if here == 0 {
			break
		}
		passed += here
	}
	return passed, nil
}

// take adds the items that are new.
func (a *around[W, T]) take(items []W) {
	for i := range items {
		if id := a.list.of.id(&items[i]); !a.seen[id] {
			a.seen[id] = true
			a.all = append(a.all, a.list.of.value(&items[i]))
		}
	}
}

// wireBilled is a project's storage as a billing group's breakdown has it.
type wireBilled struct {
	Project   text    `json:"project_name"`
	CreatedBy text    `json:"project_created_by"`
	Location  text    `json:"location"`
	Active    measure `json:"active"`
	Archived  measure `json:"archived"`
}

type measure = object[struct {
	Size json.RawMessage `json:"size"`
	Unit text            `json:"unit"`
}]

var billed = &kind[wireBilled, platform.Billed]{
	noun: "entry of the storage breakdown",
	id:   func(b *wireBilled) string { return fmt.Sprintf("%q", b) }, // they have none
	flaw: func(b *wireBilled) string {
		if b.Project == "" {
			return "names no project"
		}
		return ""
	},
	value: func(b *wireBilled) platform.Billed {
		amount := func(m measure) platform.Measure {
			size, _ := strconv.ParseFloat(scalar(m.value.Size), 64) // 0 for what makes no sense
			return platform.Measure{Size: size, Unit: string(m.value.Unit)}
		}
		return platform.Billed{
			Project: string(b.Project), CreatedBy: string(b.CreatedBy), Location: string(b.Location),
			Active: amount(b.Active), Archived: amount(b.Archived),
		}
	},
}

// Billed tells what storage a billing group pays for, by project.
func (c *Client) Billed(ctx context.Context, group string) ([]platform.Billed, error) {
	const what = "reading the storage breakdown of the billing group"
	id, ok := pathID(group, 1)
	if !ok {
		return nil, fmt.Errorf("%s: %q is no ID of one", what, group)
	}
	return newList(c, billed, what, "/billing/groups/"+id+"/breakdown/storage", nil).all(ctx)
}
