package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A server that sends a second answer which nobody asked for has net/http write
// it to the log of the standard library, with the token in it.
func TestUnaskedAnswerIsNotShown(t *testing.T) {
	var logged bytes.Buffer
	log.SetOutput(&logged)
	defer log.SetOutput(os.Stderr)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dropped := make(chan bool, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close() //nolint:errcheck // nothing more is sent
		in := bufio.NewReader(conn)
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		const refused = `{"status":401,"code":90001}`
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 401 No\r\nContent-Length: %d\r\n\r\n%s", len(refused), refused)
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nX-Echo: %s\r\n\r\n", r.Header.Get("X-SBG-Auth-Token"))
		_, err = in.ReadByte() // the client leaves
		dropped <- err != nil
	}()
	const token = "a-token-of-its-own"
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sbexport.yaml"), []byte(wholePlan), 0o600); err != nil {
		t.Fatal(err)
	}
	got := programAt(t, dir, "http://"+l.Addr().String()+"/v2", token, nil, "plan", "-v", "-v").want(t, ExitError)
	if !<-dropped {
		t.Error("the client asked again")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	for _, text := range []string{got.out, got.err, logged.String()} {
		if strings.Contains(text, token) {
			t.Errorf("the token is shown:\n%s", text)
		}
	}
	if log.Writer() == &logged {
		t.Error("the standard library's log goes where it went")
	}
}
