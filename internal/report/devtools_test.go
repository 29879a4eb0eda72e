//go:build browser

package report

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a browser may take for one answer.
const patience = 60 * time.Second

// browser is a headless Chromium that is driven by the DevTools protocol over a
// pair of pipes: one JSON object a message, ended by a zero byte.
type browser struct {
	to      io.Writer
	mu      sync.Mutex
	next    int
	waiting map[int]chan message
	pages   map[string]*tab
	gone    chan struct{} // closed when the browser has ended
}

// message is a command's answer or an event.
type message struct {
	ID        int             `json:"id"`
	Method    string          `json:"method"`
	SessionID string          `json:"sessionId"`
	Params    json.RawMessage `json:"params"`
	Result    json.RawMessage `json:"result"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error"`
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

func startBrowser(t *testing.T) *browser {
	t.Helper()
	inRead, inWrite := pipe(t)
	outRead, outWrite := pipe(t)
	ctx, cancel := context.WithCancel(context.Background())
	// The sandbox needs rights that containers do not give; the page is our own.
	cmd := exec.CommandContext(ctx, program(t), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--remote-debugging-pipe", "--no-first-run", "--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb",
		"--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{inRead, outWrite}
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = inRead.Close()
	_ = outWrite.Close()
	b := &browser{to: inWrite, waiting: map[int]chan message{}, pages: map[string]*tab{}, gone: make(chan struct{})}
	go b.listen(outRead)
	t.Cleanup(func() {
		_, _ = b.call("", "Browser.close", nil)
		ended := make(chan struct{})
		go func() {
			_ = cmd.Wait() // how it ended says nothing about the page
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(10 * time.Second): // it did not listen
			cancel()
			<-ended
		}
		cancel()
		<-b.gone
		_ = inWrite.Close()
		_ = outRead.Close()
	})
	return b
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// listen passes what the browser says to who waits for it.
func (b *browser) listen(from io.Reader) {
	defer close(b.gone)
	in := bufio.NewReaderSize(from, 1<<20)
	for {
		text, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(text[:len(text)-1], &m) != nil {
			continue
		}
		b.mu.Lock()
		answer, page := b.waiting[m.ID], b.pages[m.SessionID]
		delete(b.waiting, m.ID)
		b.mu.Unlock()
		switch {
		case m.ID != 0 && answer != nil:
			answer <- m
		case page != nil:
			page.event(m)
		}
	}
}

// call sends a command and returns its answer.
func (b *browser) call(session, method string, params any) (json.RawMessage, error) {
	answer := make(chan message, 1)
	b.mu.Lock()
	b.next++
	id := b.next
	b.waiting[id] = answer
	command := map[string]any{"id": id, "method": method}
	if params != nil {
		command["params"] = params
	}
	if session != "" {
		command["sessionId"] = session
	}
	text, err := json.Marshal(command)
	if err == nil {
		_, err = b.to.Write(append(text, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			return nil, fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		return m.Result, nil
	case <-b.gone:
		return nil, errors.New(method + ": the browser has ended")
	case <-time.After(patience):
		return nil, errors.New(method + ": no answer")
	}
}

// tab is a page of the browser.
type tab struct {
	t       *testing.T
	browser *browser
	session string

	mu       sync.Mutex
	problems []string // errors on the console, exceptions, breaches of the policy
	requests []string // addresses that were asked for
	loaded   chan struct{}
}

// openTab opens the page of a report in a new tab of the given width.
func openTab(t *testing.T, b *browser, in Input, width int) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(New(in).Write(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	p := &tab{t: t, browser: b, loaded: make(chan struct{}, 4)}
	var target struct{ TargetID string }
	must(t, b, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var session struct{ SessionID string }
	must(t, b, "", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	p.session = session.SessionID
	b.mu.Lock()
	b.pages[p.session] = p
	b.mu.Unlock()
	t.Cleanup(func() { _, _ = b.call("", "Target.closeTarget", map[string]any{"targetId": target.TargetID}) })
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		p.do(domain+".enable", nil)
	}
	p.size(width, 900)
	p.do("Page.navigate", map[string]any{"url": "file://" + file})
	select {
	case <-p.loaded:
	case <-time.After(patience):
		t.Fatal("the page does not load")
	}
	return p
}

func must(t *testing.T, b *browser, session, method string, params, into any) {
	t.Helper()
	answer, err := b.call(session, method, params)
	if err != nil {
		t.Fatal(err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
}

// event notes what happens in the page.
func (p *tab) event(m message) {
	p.mu.Lock()
	defer p.mu.Unlock()
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
		p.loaded <- struct{}{}
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
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, problem := range p.problems {
		p.t.Error(problem)
	}
	for i, address := range p.requests {
		if !strings.HasPrefix(address, "data:") && (i > 0 || !strings.HasPrefix(address, "file:")) {
			p.t.Errorf("the page asks for %s", address)
		}
	}
}

func (p *tab) do(method string, params any) json.RawMessage {
	p.t.Helper()
	answer, err := p.browser.call(p.session, method, params)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer
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
	text := p.do("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true})
	if err := json.Unmarshal(text, &answer); err != nil {
		p.t.Fatalf("%s: %v in %s", expression, err, text)
	}
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
			p.do("Input.dispatchKeyEvent", event)
		}
	}
}

// write types text where the keyboard is.
func (p *tab) write(text string) {
	p.t.Helper()
	p.do("Input.insertText", map[string]any{"text": text})
}

func (p *tab) size(width, height int) {
	p.t.Helper()
	p.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false})
}

// media sets the medium and the user's wishes, given as name and value by turns.
func (p *tab) media(medium string, wishes ...string) {
	p.t.Helper()
	features := []map[string]string{}
	for i := 0; i+1 < len(wishes); i += 2 {
		features = append(features, map[string]string{"name": wishes[i], "value": wishes[i+1]})
	}
	p.do("Emulation.setEmulatedMedia", map[string]any{"media": medium, "features": features})
}

// photograph saves a picture of the whole page in the directory that
// SBEXPORT_PICTURES names, for a person to look at.
func (p *tab) photograph(name string) {
	p.t.Helper()
	dir := os.Getenv("SBEXPORT_PICTURES")
	if dir == "" {
		return
	}
	var picture struct{ Data string }
	text := p.do("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true})
	if err := json.Unmarshal(text, &picture); err != nil {
		p.t.Fatal(err)
	}
	png, err := base64.StdEncoding.DecodeString(picture.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
