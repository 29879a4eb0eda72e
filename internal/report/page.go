package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"
	"time"

	"sbexport/internal/view"
)

// assets are the parts of the page. Its script is a bundle of the modules in the
// folder script, which "make script" makes anew.
//
//go:embed assets
var assets embed.FS

// page is the page around the data: the parts of its template, and its style and
// script as they are written into it.
type page struct {
	parts         *template.Template
	style, script string
}

// newPage puts the page together.
func newPage() (page, error) {
	parts, err := template.New("").Funcs(template.FuncMap{
		"size": view.Size, "count": view.Count, "number": view.Number, "safe": view.Safe,
	}).ParseFS(assets, "assets/*.html")
	if err != nil {
		return page{}, fmt.Errorf("parse the report's page: %w", err)
	}
	style, err := join("assets/*.css")
	if err != nil {
		return page{}, err
	}
	script, err := assets.ReadFile("assets/script.js")
	if err != nil {
		return page{}, fmt.Errorf("read the report's page: %w", err)
	}
	return page{parts, style, string(script)}, nil
}

// join is the text of all files that a pattern matches, in the order of their
// names.
func join(pattern string) (string, error) {
	files, err := fs.Glob(assets, pattern)
	if err != nil {
		return "", fmt.Errorf("find %q: %w", pattern, err)
	}
	var b strings.Builder
	for _, name := range files {
		text, err := assets.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read the report's page: %w", err)
		}
		b.Write(text)
	}
	return b.String(), nil
}

// policy allows the page its own style and script and nothing else: it can
// neither load nor send, whatever is in the data.
func (p *page) policy() string {
	return fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'",
		source(p.style), source(p.script))
}

func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Write writes the page. The same report gives the same bytes.
func (r *Report) Write(w io.Writer) error {
	p, err := newPage()
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	if err := p.write(out, r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (p *page) write(out *bufio.Writer, r *Report) error {
	c := r.content()
	c.Policy = p.policy()
	if err := p.parts.ExecuteTemplate(out, "head.html", c); err != nil {
		return err
	}
	fmt.Fprintf(out, "<style>%s</style>\n", p.style)
	if err := p.parts.ExecuteTemplate(out, "body.html", c); err != nil {
		return err
	}
	fmt.Fprint(out, "<script type=\"application/json\" id=\"data\">")
	if err := r.data(out); err != nil {
		return err
	}
	fmt.Fprintf(out, "</script>\n<script>%s</script>\n</body>\n</html>\n", p.script)
	return nil
}

// stamp is a time for a person, to the minute.
func stamp(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04 MST")
}
