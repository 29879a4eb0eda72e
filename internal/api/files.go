package api

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"

	"sbexport/internal/platform"
)

// wireFile is a file as the platform sends it.
type wireFile struct {
	ID         text    `json:"id"`
	Name       text    `json:"name"`
	Project    text    `json:"project"`
	Parent     text    `json:"parent"`
	Type       text    `json:"type"`
	Size       number  `json:"size"`
	CreatedOn  instant `json:"created_on"`
	ModifiedOn instant `json:"modified_on"`
	Storage    object[struct {
		Type     text  `json:"type"`
		HostedOn texts `json:"hosted_on_locations"`
		Volume   text  `json:"volume"`
		Location text  `json:"location"`
	}] `json:"storage"`
	Origin object[struct {
		Task text `json:"task"`
	}] `json:"origin"`
	Tags      texts        `json:"tags"`
	Metadata  wireMetadata `json:"metadata"`
	Secondary array[struct {
		ID   text `json:"id"`
		Name text `json:"name"`
	}] `json:"_secondary_files"`
}

// wireMetadata is documented as a flat map of strings; nulls, lists and numbers
// are taken too.
type wireMetadata = object[map[string]texts]

var files = &kind[wireFile, platform.File]{
	noun: "file", path: "/files", parts: 1, none: 5002, bulk: "/bulk/files/get", ids: "file_ids",
	id:    func(f *wireFile) string { return string(f.ID) },
	flaw:  (*wireFile).flaw,
	value: (*wireFile).file,
}

// flaw says what makes the file useless, or nothing. Without a name it would
// have another path than its own; what is neither a file nor a folder may hold
// files; a size that is not told counts as nothing in limits and conditions.
func (f *wireFile) flaw() string {
	kind, name := strings.ToLower(string(f.Type)), string(f.Name)
	switch bad := badID(f.ID, 1); {
	case bad != "":
		return bad
	case strings.TrimSpace(name) == "", strings.Contains(name, "/"):
		return fmt.Sprintf("has no usable name, but %q", printable(name))
	case kind == "" && f.Storage.value.Type == "":
		return "does not say whether it is a file or a folder"
	case kind != "" && kind != "file" && kind != "folder":
		return fmt.Sprintf("is neither a file nor a folder, but %q", printable(kind))
	case f.Size.value < 0, !f.Size.given && kind != "folder" && strings.EqualFold(string(f.Storage.value.Type), string(platform.OnPlatform)):
		return "has no usable size"
	}
	for _, s := range f.Secondary {
		if badID(s.ID, 1) != "" {
			return "has a secondary file without a usable ID"
		}
	}
	return ""
}

// file translates it.
func (f *wireFile) file() platform.File {
	storage := f.Storage.value
	out := platform.File{
		ID:         string(f.ID),
		Name:       string(f.Name),
		Project:    shared(f.Project),
		Parent:     shared(f.Parent),
		Folder:     strings.EqualFold(string(f.Type), "folder"),
		Size:       f.Size.value,
		CreatedOn:  f.CreatedOn.Time,
		ModifiedOn: f.ModifiedOn.Time,
		Storage: platform.Storage{
			Type:     platform.StorageType(strings.ToUpper(shared(storage.Type))),
			Volume:   shared(storage.Volume),
			Location: string(storage.Location),
		},
		Task: shared(f.Origin.value.Task),
		Tags: f.Tags,
	}
	for key, values := range f.Metadata.value {
		if len(values) == 0 {
			continue
		}
		if out.Metadata == nil {
			out.Metadata = make(map[string][]string, len(f.Metadata.value))
		}
		out.Metadata[shared(text(key))] = values
	}
	for _, place := range storage.HostedOn {
		out.Storage.HostedOn = append(out.Storage.HostedOn, shared(text(place)))
	}
	for _, s := range f.Secondary {
		out.Secondary = append(out.Secondary, platform.File{ID: string(s.ID), Name: string(s.Name)})
	}
	return out
}

// Folder lists the direct children of a folder, or of a project's root when
// folder is empty. It calls yield with a page at a time, never from two
// goroutines at once, in no promised order; each file comes once.
func (c *Client) Folder(ctx context.Context, project, folder string, yield func([]platform.File) error) error {
	what, query := fmt.Sprintf("listing folder %s of project %q", folder, project), url.Values{"parent": {folder}}
	if folder == "" {
		what, query = fmt.Sprintf("listing project %q", project), url.Values{"project": {project}}
	}
	root := folder
	l := newList(c, files, what, files.path, query)
	l.like = func() *url.URL { return c.otherProject(project) }
	if folder == "" {
		l.own = projectPatience
	}
	err := l.read(ctx, func(page []platform.File) error {
		for i := range page {
			f := &page[i]
			// The root's ID is not known here, but there is only one.
			root = cmp.Or(root, f.Parent)
			if problem := misplaced(f, project, root); problem != "" {
				return &oddListError{fmt.Sprintf("%q in it %s", printable(f.Name), problem)}
			}
		}
		return yield(page)
	})
	if err == nil {
		c.listed.Store(&project)
	}
	return err
}

// otherProject is the listing of a project that was listed before, and is another
// one, or nil.
func (c *Client) otherProject(than string) *url.URL {
	other := c.listed.Load()
	if other == nil || *other == than {
		return nil
	}
	return c.url(files.path, url.Values{"project": {*other}, "limit": {"1"}, "fields": {"id"}})
}

// misplaced says how a file is in another place than the folder that is listed,
// or nothing. The platform may leave out where it is.
func misplaced(f *platform.File, project, folder string) string {
	switch {
	case f.Project != "" && !strings.EqualFold(f.Project, project):
		return fmt.Sprintf("is in another project, %q", printable(f.Project))
	case f.Parent != "" && f.Parent != folder:
		return fmt.Sprintf("is in another folder, %q", printable(f.Parent))
	case f.ID == folder:
		return "is the folder itself"
	}
	return ""
}

// File reads one file or folder.
func (c *Client) File(ctx context.Context, id string) (*platform.File, error) {
	return files.one(ctx, c, id)
}

// Files reads any number of files; results[i] answers ids[i]. A file that
// cannot be read is a result, not an error.
func (c *Client) Files(ctx context.Context, ids []string) ([]platform.FileResult, error) {
	all, err := files.many(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	results := make([]platform.FileResult, len(ids))
	for i, id := range ids {
		results[i] = platform.FileResult{ID: id, File: all[id].value, Err: all[id].err}
	}
	return results, nil
}
