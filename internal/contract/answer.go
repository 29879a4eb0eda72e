package contract

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Answer is an answer about to be sent.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Cut    bool // the connection is cut instead
}

// refusal is why a request, an item or a job came to nothing.
type refusal struct {
	status, code int
	message      string
}

// none is the absence of a refusal.
var none = refusal{}

// member is one field of a JSON object.
type member struct {
	key   string
	value any
}

// obj is a JSON object of the platform's making: its keys come in any order, and
// a later version of the platform may have more of them. Data of the user's own
// are maps instead.
type obj []member

// ok answers 200 with a body.
func (c *call) ok(body any) { c.status, c.body = http.StatusOK, body }

// fail answers with an error body.
func (c *call) fail(r refusal) { c.status, c.body = r.status, r.object(false) }

// refuse records a breach and answers that the request is a bad one.
func (c *call) refuse(format string, args ...any) {
	c.breach(format, args...)
	c.fail(refusal{http.StatusBadRequest, 90000, "Bad request."})
}

func (r refusal) object(sparse bool) obj {
	o := obj{{"code", r.code}, {"message", r.message}}
	if !sparse {
		o = append(o, member{"status", r.status}, member{"more_info", "https://docs.contract.test/api-status-codes"})
	}
	return o
}

// finish turns what the handler left into an answer.
func (c *call) finish() *Answer {
	h := http.Header{}
	for name, value := range c.header {
		h.Set(name, value)
	}
	serial := strconv.Itoa(c.s.record.arrived)
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("X-Request-Id", "req-"+serial)
	h.Set("Date", c.now.Add(c.s.o.Skew).UTC().Format(http.TimeFormat))
	c.s.limitHeaders(h)
	e := &encoder{s: c.s, rnd: rand.New(rand.NewPCG(c.s.o.Seed, c.s.roll(serial)))}
	e.value(c.body)
	return &Answer{Status: c.status, Header: h, Body: e.buf.Bytes()}
}

// encoder writes JSON with the freedoms that concern objects.
type encoder struct {
	s   *Server
	rnd *rand.Rand
	buf bytes.Buffer
}

func (e *encoder) value(v any) {
	switch v := v.(type) {
	case obj:
		e.object(v)
	case []obj:
		e.list(len(v), func(i int) { e.object(v[i]) })
	case nil:
		e.buf.WriteString("null")
	case bool:
		e.buf.WriteString(strconv.FormatBool(v))
	default:
		e.plain(v)
	}
}

func (e *encoder) list(n int, item func(i int)) {
	e.buf.WriteByte('[')
	for i := range n {
		if i > 0 {
			e.buf.WriteByte(',')
		}
		item(i)
	}
	e.buf.WriteByte(']')
}

func (e *encoder) object(o obj) {
	fields := append(obj(nil), o...)
	if e.s.free(ExtraFields) {
		fields = append(fields, e.extra())
	}
	if e.s.free(KeyOrder) {
		e.rnd.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	}
	e.buf.WriteByte('{')
	for i, m := range fields {
		if i > 0 {
			e.buf.WriteByte(',')
		}
		e.buf.WriteString(strconv.Quote(m.key)) // keys are plain words
		e.buf.WriteByte(':')
		e.value(m.value)
	}
	e.buf.WriteByte('}')
}

// extra is a field that no version of the client knows.
func (e *encoder) extra() member {
	values := []any{nil, 12.5, "new", []int{1}, true, map[string]any{"state": "x", "items": []any{}, "id": 7}}
	return member{"x_later_" + strconv.Itoa(e.rnd.IntN(9)), values[e.rnd.IntN(len(values))]}
}

// plain writes what has no freedom in it. Everything the server passes here can
// be encoded; null stands in for what cannot.
func (e *encoder) plain(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte("null")
	}
	e.buf.Write(text)
}

// date is a time as the platform writes it, on the server's clock; null when
// there is none.
func (s *Server) date(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Add(s.o.Skew).UTC().Format("2006-01-02T15:04:05Z")
}
