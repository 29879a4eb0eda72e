package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"sbexport/schema"
)

// release is the version, set when a release is built.
var release = "0.1.0-dev"

// Version is the version that the program has unless a release is given another.
func Version() string { return release }

// version is the tool's version, as it is written into files.
func version() string { return release }

// versionCmd prints the version.
type versionCmd struct{}

func (versionCmd) Help() string {
	return `With --json also the commit that it was built from, and the versions of the formats that it reads and writes.`
}

func (versionCmd) Run(_ context.Context, a *app) error {
	info := struct {
		Version     string         `json:"version"`
		Commit      string         `json:"commit,omitempty"`
		CommittedOn string         `json:"committed_on,omitempty"`
		Modified    bool           `json:"modified,omitempty"` // since the commit
		Go          string         `json:"go"`
		Platform    string         `json:"platform"`
		Schemas     map[string]int `json:"schemas"`
	}{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, s := range build.Settings {
			switch s.Key {
			case "vcs.revision":
				info.Commit = s.Value
			case "vcs.time":
				info.CommittedOn = s.Value
			case "vcs.modified":
				info.Modified = s.Value == "true"
			}
		}
	}
	var err error
	if info.Schemas, err = schemaVersions(); err != nil {
		return err
	}
	return a.answer(info, "sbexport %s (%s, %s)", info.Version, info.Go, info.Platform)
}

// schemaVersions are the versions of the formats, as their schemas have them.
func schemaVersions() (map[string]int, error) {
	versions := map[string]int{}
	for name, text := range map[string][]byte{"plan": schema.Plan(), "lockfile": schema.Lockfile(), "saved-plan": schema.SavedPlan()} {
		var document struct {
			Properties struct {
				Plan      struct{ Const int } `json:"version"`
				Lockfile  struct{ Const int } `json:"lockfile_version"`
				SavedPlan struct{ Const int } `json:"format_version"`
			} `json:"properties"`
		}
		if err := json.Unmarshal(text, &document); err != nil {
			return nil, fmt.Errorf("reading the schema of the %s: %w", name, err)
		}
		of := document.Properties
		versions[name] = max(of.Plan.Const, of.Lockfile.Const, of.SavedPlan.Const)
	}
	return versions, nil
}
