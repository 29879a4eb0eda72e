//go:build browser

package report

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a browser may take for one answer.
const patience = 60 * time.Second

// tab is a page in a headless Chromium, which is driven by the DevTools protocol
// over a pair of pipes: one JSON object a message, ended by a zero byte.
type tab struct {
	t        *testing.T
	to, from *os.File
	in       *bufio.Reader // of from
	session  string
	calls    int

	loaded   bool
	problems []string // errors on the console, exceptions, breaches of the policy
	requests []string // addresses that were asked for
}

// program is the browser to test in: the one that SBEXPORT_BROWSER names, or the
// first that is found.
func program(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("SBEXPORT_BROWSER"), "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Fatal("there is no Chromium; name one with SBEXPORT_BROWSER")
	return ""
}

// openTab opens the page of a report in a browser of the given width.
func openTab(t *testing.T, in Input, width int) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(New(in).Write(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	p := startBrowser(t)
	var target struct{ TargetID, SessionID string }
	p.ask("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	p.ask("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	p.session = target.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		p.ask(domain+".enable", nil, nil)
	}
	p.size(width, 900)
	p.ask("Page.navigate", map[string]any{"url": "file://" + file}, nil)
	for !p.loaded {
		p.read()
	}
	return p
}

func startBrowser(t *testing.T) *tab {
	t.Helper()
	inRead, to, err := os.Pipe()
	from, outWrite, err2 := os.Pipe()
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	// The sandbox needs rights that containers do not give; the page is our own.
	cmd := exec.CommandContext(context.Background(), program(t), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--remote-debugging-pipe", "--no-first-run", "--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb",
		"--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{inRead, outWrite}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = inRead.Close()
	_ = outWrite.Close()
	p := &tab{t: t, to: to, from: from, in: bufio.NewReaderSize(from, 1<<20)}
	t.Cleanup(func() {
		p.session = ""
		p.ask("Browser.close", nil, nil)
		slow := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // how it ended says nothing about the page
		slow.Stop()
		_ = to.Close()
		_ = from.Close()
	})
	return p
}

// message is a command's answer or an event.
type message struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
}

// ask sends a command and takes in its answer.
func (p *tab) ask(method string, params, into any) {
	p.t.Helper()
	p.calls++
	command := map[string]any{"id": p.calls, "method": method}
	if params != nil {
		command["params"] = params
	}
	if p.session != "" {
		command["sessionId"] = p.session
	}
	text, err := json.Marshal(command)
	if err == nil {
		_, err = p.to.Write(append(text, 0))
	}
	if err != nil {
		p.t.Fatal(err)
	}
	m := p.read()
	for m.ID != p.calls {
		m = p.read()
	}
	if m.Error != nil {
		p.t.Fatalf("%s: %s", method, m.Error.Message)
	}
	if into != nil {
		if err := json.Unmarshal(m.Result, into); err != nil {
			p.t.Fatalf("%s: %v in %s", method, err, m.Result)
		}
	}
}

// read reads what the browser says next, and notes what happens in the page.
func (p *tab) read() message {
	p.t.Helper()
	_ = p.from.SetReadDeadline(time.Now().Add(patience))
	text, err := p.in.ReadBytes(0)
	if err != nil {
		p.t.Fatalf("the browser does not answer: %v", err)
	}
	var m message
	if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
		p.t.Fatal(err)
	}
	if m.Method != "" {
		p.event(m)
	}
	return m
}

// event notes what happens in the page.
func (p *tab) event(m message) {
	var e struct {
		Type             string
		Args             []struct{ Value, Description any }
		ExceptionDetails json.RawMessage
		Entry            struct{ Level, Text string }
		Request          struct{ URL string }
	}
	if json.Unmarshal(m.Params, &e) != nil {
		return
	}
	switch m.Method {
	case "Page.loadEventFired":
		p.loaded = true
	case "Runtime.consoleAPICalled":
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			p.problems = append(p.problems, fmt.Sprint("console: ", e.Args))
		}
	case "Runtime.exceptionThrown":
		p.problems = append(p.problems, "exception: "+string(e.ExceptionDetails))
	case "Log.entryAdded":
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			p.problems = append(p.problems, "log: "+e.Entry.Text)
		}
	case "Network.requestWillBeSent":
		p.requests = append(p.requests, e.Request.URL)
	}
}

// quiet fails the test if something went wrong in the page, or if it asked for
// anything but itself.
func (p *tab) quiet() {
	p.t.Helper()
	for _, problem := range p.problems {
		p.t.Error(problem)
	}
	for i, address := range p.requests {
		if !strings.HasPrefix(address, "data:") && (i > 0 || !strings.HasPrefix(address, "file:")) {
			p.t.Errorf("the page asks for %s", address)
		}
	}
}

// eval is the value of an expression in the page, or of the promise that it is.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	var answer struct {
		Result           struct{ Value T }
		ExceptionDetails *struct {
			Exception struct{ Description string }
		}
	}
	p.ask("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	if answer.ExceptionDetails != nil {
		p.t.Fatalf("%s: %s", expression, answer.ExceptionDetails.Exception.Description)
	}
	return answer.Result.Value
}

// until waits for a condition in the page, looked at once a frame.
func (p *tab) until(condition string) {
	p.t.Helper()
	const frames = 1800
	met := eval[bool](p, fmt.Sprintf(`new Promise((done) => {
		let left = %d;
		const look = () => (%s) ? done(true) : left-- > 0 ? setTimeout(look, 16) : done(false);
		look();
	})`, frames, condition))
	if !met {
		p.t.Fatalf("it never holds that %s", condition)
	}
}

// press presses and releases keys, each by its name.
func (p *tab) press(keys ...string) {
	p.t.Helper()
	codes := map[string]int{
		"Enter": 13, "Escape": 27, "Backspace": 8, "Tab": 9, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
		"PageUp": 33, "PageDown": 34, "End": 35, "Home": 36,
	}
	for _, key := range keys {
		event := map[string]any{"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
		if key == "Enter" {
			event["text"] = "\r"
		}
		for _, kind := range []string{"keyDown", "keyUp"} {
			event["type"] = kind
			p.ask("Input.dispatchKeyEvent", event, nil)
		}
	}
}

// write types text where the keyboard is.
func (p *tab) write(text string) {
	p.t.Helper()
	p.ask("Input.insertText", map[string]any{"text": text}, nil)
}

func (p *tab) size(width, height int) {
	p.t.Helper()
	p.ask("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// media sets the medium and the user's wishes, given as name and value by turns.
func (p *tab) media(medium string, wishes ...string) {
	p.t.Helper()
	features := []map[string]string{}
	for i := 0; i+1 < len(wishes); i += 2 {
		features = append(features, map[string]string{"name": wishes[i], "value": wishes[i+1]})
	}
	p.ask("Emulation.setEmulatedMedia", map[string]any{"media": medium, "features": features}, nil)
}

// photograph saves a picture of the whole page in the directory that
// SBEXPORT_PICTURES names, for a person to look at.
func (p *tab) photograph(name string) {
	p.t.Helper()
	dir := os.Getenv("SBEXPORT_PICTURES")
	if dir == "" {
		return
	}
	var picture struct{ Data []byte }
	p.ask("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &picture)
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture.Data, 0o600); err != nil {
		p.t.Fatal(err)
	}
}
