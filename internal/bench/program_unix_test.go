//go:build unix

package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is the program itself, in a directory of its own.
type program struct {
	binary, dir, endpoint, token string
}

// build builds the program.
func build(b *testing.B) *program {
	b.Helper()
	dir := b.TempDir()
	binary := filepath.Join(dir, "sbexport")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "sbexport").CombinedOutput(); err != nil {
		b.Fatalf("building the program: %v\n%s", err, out)
	}
	return &program{binary: binary, dir: dir}
}

// write writes a file into its directory.
func (p *program) write(b *testing.B, name, text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

func (p *program) command(b *testing.B, args ...string) *exec.Cmd {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), p.binary, args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"HOME=" + p.dir, "SB_API_ENDPOINT=" + p.endpoint, "SB_AUTH_TOKEN=" + p.token}
	return cmd
}

// cost is what one start of the program took.
type cost struct {
	took, cpu time.Duration
	memory    int64 // bytes, at the most
}

// run runs the program to its end, which has to be a good one.
func (p *program) run(b *testing.B, args ...string) cost {
	b.Helper()
	cmd := p.command(b, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("sbexport %s: %v\n%.2000s", strings.Join(args, " "), err, errs.String())
	}
	c := cost{took: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.memory = usage.Maxrss << 10
		if runtime.GOOS == "darwin" {
			c.memory = usage.Maxrss
		}
	}
	return c
}

// simulate serves a seed in a process of its own until the benchmark ends.
func (p *program) simulate(b *testing.B, seed string) {
	b.Helper()
	p.write(b, "seed.yaml", seed)
	cmd := p.command(b, "simulate", "seed.yaml", "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // an interrupt is how it ends
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatalf("starting the simulator: %v", err)
	}
	if _, err := fmt.Sscanf(line, "serving %s", &p.endpoint); err != nil {
		b.Fatalf("the simulator says %q", line)
	}
	p.token = "simulator"
}
