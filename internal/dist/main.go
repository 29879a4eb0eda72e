// Command dist builds what a release consists of: an archive for each system,
// with completions, manual pages, README, help topics and examples; a bill of
// materials (CycloneDX); and the checksums of all. Built twice of the same commit
// by the same Go it is the same, byte by byte, wherever it is built.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sbexport/internal/cli"
	"sbexport/internal/completion"
)

// systems are what archives are built for.
var systems = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// sbom is the program that writes the bill of materials.
const sbom = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

func main() {
	out := flag.String("out", "dist", "the directory to write to; what is in it is removed")
	version := flag.String("version", cli.Version(), "the version")
	only := flag.String("only", strings.Join(systems, ","), "the systems to build for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r := release{ctx: ctx, out: *out, version: *version}
	if err := r.build(strings.Split(*only, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// release is what is built.
type release struct {
	ctx     context.Context
	out     string
	version string
	commit  string    // empty where there is none
	time    time.Time // of every file in the archives
}

func (r *release) build(systems []string) error {
	if err := os.RemoveAll(r.out); err != nil {
		return fmt.Errorf("removing what was built before: %w", err)
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return fmt.Errorf("making the directory: %w", err)
	}
	r.commit, r.time = r.committed()
	common, err := r.common()
	if err != nil {
		return err
	}
	for _, system := range systems {
		if err := r.archive(system, common); err != nil {
			return fmt.Errorf("building for %s: %w", system, err)
		}
	}
	if err := r.bill(); err != nil {
		return fmt.Errorf("writing the bill of materials: %w", err)
	}
	return r.checksums()
}

// name is how names of files begin.
func (r *release) name() string { return "sbexport_" + r.version }

// committed is the commit, marked where files have been changed since, and its
// time; where there is none it is the first time that a zip archive knows.
func (r *release) committed() (string, time.Time) {
	out, err := r.run(nil, "git", "log", "-1", "--format=%H %ct")
	commit, seconds, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	unix, failed := strconv.ParseInt(seconds, 10, 64)
	if err != nil || failed != nil {
		return "", time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if changes, err := r.run(nil, "git", "status", "--porcelain"); err != nil || len(changes) > 0 {
		commit += cli.Changed
	}
	return commit, time.Unix(unix, 0).UTC()
}

// common are the files that all archives have.
func (r *release) common() ([]file, error) {
	var files []file
	for shell, name := range map[string]string{"bash": "sbexport.bash", "zsh": "_sbexport", "fish": "sbexport.fish"} {
		script, err := completion.Script(shell)
		if err != nil {
			return nil, fmt.Errorf("the completions: %w", err)
		}
		files = append(files, file{"completions/" + name, script, false})
	}
	pages, err := cli.ManPages(r.version)
	if err != nil {
		return nil, fmt.Errorf("the manual pages: %w", err)
	}
	for name, page := range pages {
		files = append(files, file{"man/man" + name[len(name)-1:] + "/" + name, []byte(page), false})
	}
	documents, err := documents(".")
	return append(files, documents...), err
}

// archive builds the program for a system, and the archive with it.
func (r *release) archive(system string, common []file) error {
	goos, goarch, _ := strings.Cut(system, "/")
	name, write := "sbexport", tarball
	if goos == "windows" {
		name, write = "sbexport.exe", zipped
	}
	built := filepath.Join(r.out, name)
	defer func() { _ = os.Remove(built) }()
	// What is set here for building must not change what is built.
	env := []string{"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOFIPS140=off", "GOAMD64=v1", "GOARM64=v8.0"}
	// Go's own stamp of the commit is missing in a worktree of git.
	flags := "-s -w -X sbexport/internal/cli.release=" + r.version + " -X sbexport/internal/cli.commit=" + r.commit
	if _, err := r.run(env, "go", "build", "-buildvcs=false", "-ldflags", flags, "-o", built, "."); err != nil {
		return err
	}
	program, err := os.ReadFile(built)
	if err != nil {
		return fmt.Errorf("reading the program: %w", err)
	}
	folder := r.name() + "_" + goos + "_" + goarch
	return write(filepath.Join(r.out, folder), folder, append(slices.Clone(common), file{name, program, true}), r.time)
}

// bill writes the bill of materials, without what tells of the machine that it is
// written on: the system, and the digests of the program that writes it.
func (r *release) bill() error {
	text, err := r.run([]string{"GOFLAGS=-trimpath"}, "go", "run", sbom, "mod", "-json", "-std", "-licenses", "-noserial", "-notimestamp", "-short-purls")
	if err != nil {
		return err
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return fmt.Errorf("reading what %s has written: %w", sbom, err)
	}
	metadata, _ := document["metadata"].(map[string]any)
	tools, _ := metadata["tools"].([]any)
	component, _ := metadata["component"].(map[string]any)
	if len(tools) != 1 || component == nil {
		return fmt.Errorf("%s has written no metadata that is known here", sbom)
	}
	tool, _ := tools[0].(map[string]any)
	delete(tool, "hashes")
	component["version"] = r.version
	text, err = json.MarshalIndent(document, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding: %w", err)
	}
	return os.WriteFile(filepath.Join(r.out, r.name()+".cdx.json"), append(text, '\n'), 0o644)
}

// checksums writes SHA256SUMS, as sha256sum does and checks.
func (r *release) checksums() error {
	entries, err := os.ReadDir(r.out)
	if err != nil {
		return fmt.Errorf("listing what was built: %w", err)
	}
	var sums bytes.Buffer
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(r.out, e.Name()))
		if err != nil {
			return fmt.Errorf("reading what was built: %w", err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(text), e.Name())
	}
	if err := os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), sums.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing the checksums: %w", err)
	}
	return nil
}

// run runs a program, with some more environment.
func (r *release) run(env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(r.ctx, name, args...) //nolint:gosec // names of programs are written above
	cmd.Env = append(os.Environ(), env...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, complaints.Bytes())
	}
	return out, nil
}
