package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"sbexport/schema"
)

// release is the version, and commit what it was built from; they are set when a
// release is built.
var (
	release = "0.1.0-dev"
	commit  = ""
)

// Changed is behind a commit where the program was built after changes to it.
const Changed = "-changed"

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
		Version  string         `json:"version"`
		Commit   string         `json:"commit,omitempty"`
		Go       string         `json:"go"`
		Platform string         `json:"platform"`
		Schemas  map[string]int `json:"schemas"`
	}{Version: version(), Commit: cmp.Or(commit, stamped()), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	var err error
	if info.Schemas, err = schemaVersions(); err != nil {
		return err
	}
	return a.answer(info, "sbexport %s (%s, %s)", info.Version, info.Go, info.Platform)
}

// stamped is the commit that Go has put into the program, if it has.
func stamped() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	settings := map[string]string{}
	for _, s := range build.Settings {
		settings[s.Key] = s.Value
	}
	if settings["vcs.modified"] == "true" {
		return settings["vcs.revision"] + Changed
	}
	return settings["vcs.revision"]
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
