package help

import (
	"fmt"
	"strings"
)

// Page is a manual page.
type Page struct {
	Name    string // such as sbexport-plan
	Section int
	Title   string
	Version string
	Blocks  []Block
}

// Roff is the page in the language of man.
func (p *Page) Roff() string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s %d \"\" \"sbexport %s\" \"sbexport\"\n.SH NAME\n%s \\- %s\n",
		strings.ToUpper(roff(p.Name)), p.Section, p.Version, roff(p.Name), inline(p.Title))
	for _, block := range p.Blocks {
		block.roff(&b)
	}
	return b.String()
}

func (b *Block) roff(w *strings.Builder) {
	switch b.Kind {
	case Heading:
		if b.Level <= 2 {
			fmt.Fprintf(w, ".SH %s\n", strings.ToUpper(inline(b.Text)))
		} else {
			fmt.Fprintf(w, ".SS %s\n", inline(b.Text))
		}
	case Paragraph:
		fmt.Fprintf(w, ".PP\n%s\n", inline(b.Text))
	case Item:
		mark := roff(b.Mark)
		if b.Mark == "-" {
			mark = `\(bu`
		}
		fmt.Fprintf(w, ".IP %s 4\n%s\n", mark, inline(b.Text))
	case Code:
		fmt.Fprint(w, ".PP\n.RS 4\n.nf\n")
		for line := range strings.Lines(b.Text) {
			fmt.Fprint(w, guard(roff(line)))
		}
		fmt.Fprint(w, ".fi\n.RE\n")
	case Table:
		b.roffTable(w)
	}
}

// roffTable writes a table as a list of what its first column names: a terminal
// has no room for more, and man needs no other program for it.
func (b *Block) roffTable(w *strings.Builder) {
	for _, row := range b.Rows[1:] {
		fmt.Fprintf(w, ".TP\n%s\n", bold(Term(row[0])))
		for i, cell := range row[1:] {
			switch {
			case cell == "":
				continue
			case len(row) > 2:
				fmt.Fprintf(w, "%s: ", inline(b.Rows[0][i+1]))
			}
			fmt.Fprintf(w, "%s\n", inline(cell))
			if i+2 < len(row) {
				fmt.Fprint(w, ".br\n")
			}
		}
	}
}

// bold is text in bold.
func bold(text string) string { return `\fB` + roff(text) + `\fP` }

// inline is a text, with what is bold or code in it in bold.
func inline(text string) string {
	text = links(text, func(topic string) string { return "**sbexport-" + topic + "**(7)" })
	var b strings.Builder
	end := 0
	for _, at := range boldOrCode.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(roff(text[end:at[0]]))
		if at[2] >= 0 {
			b.WriteString(bold(text[at[2]:at[3]]))
		} else {
			b.WriteString(bold(text[at[4]:at[5]]))
		}
		end = at[1]
	}
	b.WriteString(roff(text[end:]))
	return guard(b.String())
}

// roff escapes what would mean something, and what is not ASCII.
func roff(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// guard keeps a line from being taken for a request.
func guard(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}
