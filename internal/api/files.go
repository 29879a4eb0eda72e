package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sbexport/internal/platform"
)

// wireFile is a file as the platform sends it.
type wireFile struct {
	ID         text                `json:"id"`
	Name       text                `json:"name"`
	Project    text                `json:"project"`
	Parent     text                `json:"parent"`
	Type       text                `json:"type"`
	Size       number              `json:"size"`
	CreatedOn  instant             `json:"created_on"`
	ModifiedOn instant             `json:"modified_on"`
	Storage    object[wireStorage] `json:"storage"`
	Origin     object[wireOrigin]  `json:"origin"`
	Tags       texts               `json:"tags"`
	Metadata   wireMetadata        `json:"metadata"`
	Secondary  list[wireSecondary] `json:"_secondary_files"`
}

type wireStorage struct {
	Type     text  `json:"type"`
	HostedOn texts `json:"hosted_on_locations"`
	Volume   text  `json:"volume"`
	Location text  `json:"location"`
}

type wireOrigin struct {
	Task text `json:"task"`
}

// wireSecondary is what is read of a secondary file.
type wireSecondary struct {
	ID   text `json:"id"`
	Name text `json:"name"`
}

// wireMetadata is documented as a flat map of strings; nulls, lists and numbers
// are taken too.
type wireMetadata map[string][]string

// UnmarshalJSON fails only on what is not JSON.
func (m *wireMetadata) UnmarshalJSON(raw []byte) error {
	*m = nil
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	var values map[string]texts
	if err := json.Unmarshal(raw, &values); err != nil {
		return err
	}
	for key, value := range values {
		if len(value) == 0 {
			continue
		}
		if *m == nil {
			*m = make(wireMetadata, len(values))
		}
		(*m)[shared(text(key))] = value
	}
	return nil
}

func fileID(f *wireFile) string { return string(f.ID) }

// flaw says what makes the file useless, or nothing. Without a name it would
// have another path than its own; what is neither a file nor a folder may hold
// files; a size that is not told counts as nothing in limits and conditions.
func (f *wireFile) flaw() string {
	kind, name := strings.ToLower(string(f.Type)), string(f.Name)
	switch {
	case !usable(f.ID, 1):
		return "has no usable ID"
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
		if !usable(s.ID, 1) {
			return "has a secondary file without a usable ID"
		}
	}
	return ""
}

// inFolder says, beside other flaws, whether the file is in another place than
// the one that is listed.
func (f *wireFile) inFolder(project, folder string) string {
	switch flaw := f.flaw(); {
	case flaw != "":
		return flaw
	case f.Project != "" && !strings.EqualFold(string(f.Project), project):
		return fmt.Sprintf("is in another project, %q", printable(string(f.Project)))
	case folder != "" && f.Parent != "" && string(f.Parent) != folder:
		return fmt.Sprintf("is in another folder, %q", printable(string(f.Parent)))
	case folder != "" && string(f.ID) == folder:
		return "is the folder itself"
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
		Task:     shared(f.Origin.value.Task),
		Tags:     f.Tags,
		Metadata: f.Metadata,
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
	what := fmt.Sprintf("listing folder %s of project %q", folder, project)
	query := url.Values{"limit": {strconv.Itoa(pageSize)}, "fields": {"_all"}}
	if folder == "" {
		what = fmt.Sprintf("listing project %q", project)
		query.Set("project", project)
	} else {
		query.Set("parent", folder)
	}
	u := c.url("/files", query)
	found := kind[wireFile]{id: fileID, flaw: func(f *wireFile) string { return f.inFolder(project, folder) }}
	root := text(folder)
	return walk(ctx, c, what, u, found, func(items []wireFile) error {
		files := make([]platform.File, len(items))
		for i := range items {
			// The root's ID is not known here, but there is only one.
			root = cmp.Or(root, items[i].Parent)
			if parent := items[i].Parent; parent != "" && parent != root {
				return &oddListError{fmt.Sprintf("%q and others in it are in different folders", printable(string(items[i].Name)))}
			}
			files[i] = items[i].file()
		}
		return yield(files)
	})
}

// File reads one file or folder.
func (c *Client) File(ctx context.Context, id string) (*platform.File, error) {
	f, err := c.file(ctx, id)
	if err != nil {
		return nil, err
	}
	out := f.file()
	return &out, nil
}

func (c *Client) file(ctx context.Context, id string) (*wireFile, error) {
	what := fmt.Sprintf("reading file %q", id)
	path, ok := pathID(id, 1)
	if !ok {
		return nil, fmt.Errorf("%s: %w", what, &platform.Error{Status: http.StatusNotFound, Code: 5002})
	}
	var f wireFile
	if err := c.get(ctx, what, "/files/"+path, listing, &f); err != nil {
		return nil, err
	}
	if flaw := f.flaw(); flaw != "" {
		return nil, fmt.Errorf("%s: the platform's answer is no file: it %s", what, flaw)
	}
	if string(f.ID) != id {
		return nil, fmt.Errorf("%s: the platform's answer is another file, %q", what, printable(string(f.ID)))
	}
	return &f, nil
}

// Files reads any number of files; results[i] answers ids[i]. A file that
// cannot be read is a result, not an error.
func (c *Client) Files(ctx context.Context, ids []string) ([]platform.FileResult, error) {
	bulk := bulkRead[wireFile]{
		c: c, noun: "files", path: "/bulk/files/get", field: "file_ids", class: listing, id: fileID, flaw: (*wireFile).flaw, one: c.file,
	}
	all, err := bulk.read(ctx, ids)
	if err != nil {
		return nil, err
	}
	results := make([]platform.FileResult, len(ids))
	for i, id := range ids {
		f := all[id]
		results[i] = platform.FileResult{ID: id, Err: f.err}
		if f.resource != nil {
			file := f.resource.file()
			results[i].File = &file
		}
	}
	return results, nil
}
