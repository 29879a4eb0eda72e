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

// version is the tool's version, as it is written into files.
func version() string { return release }

// versionCmd prints the version.
type versionCmd struct{}

// Run prints the version, and what it was built from.
func (versionCmd) Run(_ context.Context, a *app) error {
	info := struct {
		Version  string `json:"version"`
		Revision string `json:"revision,omitempty"`
		Go       string `json:"go"`
		Platform string `json:"platform"`
	}{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, s := range build.Settings {
			if s.Key == "vcs.revision" {
				info.Revision = s.Value
			}
		}
	}
	if a.globals.JSON {
		return json.NewEncoder(a.term.Out.W).Encode(info)
	}
	_, err := fmt.Fprintf(a.term.Out.W, "sbexport %s (%s, %s)\n", info.Version, info.Go, info.Platform)
	return err
}

// schemaCmd prints a JSON Schema.
type schemaCmd struct {
	Of string `arg:"" enum:"plan,lockfile,saved-plan" help:"Of what: plan, lockfile or saved-plan."`
}

// Help is the long help.
func (schemaCmd) Help() string {
	return `Editors with a YAML language server complete and explain a plan by this schema:

  sbexport schema plan > sbexport.schema.json

and in the plan's first line

  # yaml-language-server: $schema=sbexport.schema.json`
}

// Run prints the schema.
func (c schemaCmd) Run(_ context.Context, a *app) error {
	text := map[string]func() []byte{
		"plan": schema.Plan, "lockfile": schema.Lockfile, "saved-plan": schema.SavedPlan,
	}[c.Of]()
	_, err := a.term.Out.W.Write(text)
	return err
}
