package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"sbexport/internal/platform"
)

// answer is what one request brought.
type answer struct {
	path       string
	status     int
	header     http.Header
	raw        []byte
	body       any // the JSON, with numbers as json.Number; nil if it is none
	sent, came time.Time
	err        error // why there is no answer
}

// errNotAsked is the error of a request that was not sent.
var errNotAsked = errors.New("not asked")

// missing stands for an answer that was not asked for.
var missing = &answer{err: errNotAsked}

// visit asks a platform.
type visit struct {
	ctx     context.Context //nolint:containedctx // it lasts as long as one call of Examine
	asker   Asker
	patient Patient
	sent    int
	heard   []*answer
}

// timeLimit bounds one request.
const timeLimit = 30 * time.Second

// get asks for one resource or page.
func (v *visit) get(path string, query ...string) *answer {
	values := url.Values{}
	for i := 0; i < len(query); i += 2 {
		values.Add(query[i], query[i+1])
	}
	return v.ask(path, values, nil)
}

func (v *visit) ask(path string, query url.Values, body any) *answer {
	if v.sent >= MaxRequests || v.ctx.Err() != nil {
		return missing
	}
	v.sent++
	ctx, cancel := context.WithTimeout(v.ctx, timeLimit)
	defer cancel()
	a := &answer{path: path, sent: time.Now()}
	a.status, a.header, a.raw, a.err = v.asker.Ask(ctx, path, query, body)
	a.came = time.Now()
	if a.err == nil {
		decoder := json.NewDecoder(bytes.NewReader(a.raw))
		decoder.UseNumber()
		if decoder.Decode(&a.body) != nil {
			a.body = nil
		}
		v.heard = append(v.heard, a)
	}
	return a
}

// ok reports whether the answer is a success in JSON.
func (a *answer) ok() bool {
	_, object := a.body.(map[string]any)
	return a.err == nil && a.status/100 == 2 && object
}

// speaks reports whether the answer is one that this API gives, a refusal
// included: what else answers in JSON has other members.
func (a *answer) speaks() bool {
	return a.err == nil && (a.ok() && (has(a.body, "username") || has(a.body, "user_url")) ||
		a.status >= 400 && has(a.body, "code") && has(a.body, "message"))
}

// refusal is the refusal that the answer is, or nil.
func (a *answer) refusal() *platform.Error {
	if a.err != nil || a.status < 400 {
		return nil
	}
	code, _ := at(a.body, "code").(json.Number)
	number, _ := code.Int64()
	return &platform.Error{Status: a.status, Code: int(number), Message: text(a.body, "message")}
}

// line is the line for an answer that is no use.
func (a *answer) line(name string) Line {
	l := Line{Name: name, Status: Failure}
	if errors.Is(a.err, errNotAsked) {
		l.Status = Warning
	}
	l.Detail, l.Remedy = a.problem()
	return l
}

// problem says why the answer is no use, and what to do.
func (a *answer) problem() (detail, remedy Text) {
	refused := a.refusal()
	switch {
	case errors.Is(a.err, errNotAsked):
		return Say("not looked at"), Say("see to what stands above, and run sbexport doctor again")
	case a.err != nil:
		return unreached(a.err)
	case refused != nil && refused.Code != 0:
		x := refused.Explain()
		return Say("%s (status %d, code %d)", x.Cause, refused.Status, refused.Code), Say("%s", x.Fix)
	}
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	return Say("the answer is none of the API's (status %d, %q)", a.status, kind), Say("check the address of the API")
}

// unreached says why no answer came.
func unreached(err error) (detail, remedy Text) {
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return Say("there is no such host"), Say("check how the address is spelled")
	case errors.As(err, &certificate):
		return Say("its certificate is not trusted: %v", Name("certificate", certificate.Err.Error())),
			Say("check the address; where a proxy looks into all traffic, have its certificate trusted (SSL_CERT_FILE)")
	case errors.Is(err, syscall.ECONNREFUSED):
		return Say("the connection was refused"), Say("check the address and its port; a local platform must have been started")
	case errors.Is(err, context.DeadlineExceeded):
		return Say("it did not answer within %v", timeLimit), Say("check the network and the proxy (HTTPS_PROXY), and try again")
	}
	return Say("no answer: %v", Name("error", err.Error())), Say("check the network, the address and the proxy (HTTPS_PROXY)")
}

// items are the items of a page.
func (a *answer) items() []map[string]any {
	if !a.ok() {
		return nil
	}
	return objects(at(a.body, "items"))
}

// next is the link to the next page, and its relation as it is spelled.
func (a *answer) next() (link *url.URL, rel string) {
	if !a.ok() {
		return nil, ""
	}
	for _, l := range objects(at(a.body, "links")) {
		href, rel := text(l, "next"), ""
		if strings.EqualFold(text(l, "rel"), "next") {
			href, rel = text(l, "href"), text(l, "rel")
		}
		if u, err := url.Parse(href); err == nil && href != "" {
			return u, rel
		}
	}
	return nil, ""
}

// at is the value that stands inside another, or nil.
func at(value any, keys ...string) any {
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// text is the text, or the number, that stands inside a value.
func text(value any, keys ...string) string {
	switch v := at(value, keys...).(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// has reports whether an object has a member, null included.
func has(value any, key string) bool {
	object, _ := value.(map[string]any)
	_, there := object[key]
	return there
}

// objects are the objects of a list.
func objects(value any) []map[string]any {
	list, _ := value.([]any)
	var out []map[string]any
	for _, element := range list {
		if object, ok := element.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

// resources are the resources of a bulk answer, in its order.
func (a *answer) resources() []map[string]any {
	var out []map[string]any
	for _, item := range a.items() {
		if r, ok := item["resource"].(map[string]any); ok {
			out = append(out, r)
		}
	}
	return out
}

// when reads a time of the platform's.
func when(value any, keys ...string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text(value, keys...))
	return t, err == nil
}

// count puts a number before a word, in its plural where that is due.
func count(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}
