package plan

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// parse reads the plan's YAML. It returns nil if that is hopeless.
func (r *report) parse() *yaml.Node {
	decoder := yaml.NewDecoder(strings.NewReader(r.source.text))
	var first, second yaml.Node
	err := decoder.Decode(&first)
	if errors.Is(err, io.EOF) || err == nil && emptyDocument(&first) {
		r.add(1, 1, "the plan is empty", `begin with "version: 1"; "sbexport init" writes a plan to start from`)
		return nil
	}
	if err == nil {
		if err = decoder.Decode(&second); err == nil {
			line := second.Line
			for line > 1 && !strings.HasPrefix(r.source.line(line), "---") {
				line--
			}
			r.add(line, 1, "a second YAML document begins here, and a plan is one", `remove the "---", or put the rest into a file of its own`)
		} else if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	if err != nil {
		r.syntax(err)
		return nil
	}
	return first.Content[0]
}

// emptyDocument reports whether a document holds nothing at all.
func emptyDocument(n *yaml.Node) bool {
	return len(n.Content) == 0 || n.Content[0].Kind == yaml.ScalarNode && n.Content[0].Tag == "!!null"
}

// syntax reports the one syntax error that the YAML library stopped at. It
// tells no column and often the wrong line, so the line is found anew.
func (r *report) syntax(err error) {
	reason := err.Error()
	line := r.culprit(lineIn(reason))
	text := r.source.line(line)
	message, hint, offset := explainSyntax(reason, text)
	r.add(line, runes(text[:offset])+1, message, hint)
}

// lineIn is the line that an error of the YAML library names, or 1.
func lineIn(reason string) int {
	_, rest, _ := strings.Cut(reason, "line ")
	number, _, _ := strings.Cut(rest, ":")
	line, err := strconv.Atoi(number)
	if err != nil {
		return 1
	}
	return line
}

// The effort that finding a line may take, in bytes parsed: for looking upwards
// line by line, and for halving.
const (
	nearBudget = 24 << 20 // or three times the plan
	farBudget  = 16 << 20
)

// culprit is the line of a syntax error: the one after the longest beginning
// of the plan that is YAML by itself. It is at most the line that the parser
// has got to. From there it is looked for upwards, and then by halving,
// which finds a bracket or quote that was left open far above. In a plan so
// large that this would take long, it is the line that the library named.
func (r *report) culprit(named int) int {
	upper := r.progress()
	budget := max(nearBudget, 3*len(r.source.text))
	lines := upper
	for ; lines >= 0; lines-- {
		if budget -= r.sizeOf(lines); budget < 0 {
			break
		}
		if r.parsableUpTo(lines) {
			return min(lines+1, len(r.source.starts))
		}
	}
	budget = farBudget
	low, high := 0, lines+1 // low lines are YAML, high are not
	for high-low > 1 {
		middle := (low + high) / 2
		if budget -= r.sizeOf(middle); budget < 0 {
			return named
		}
		if r.parsableUpTo(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low + 1
}

// sizeOf is the length of the first lines.
func (r *report) sizeOf(lines int) int {
	if lines < len(r.source.starts) {
		return r.source.starts[lines] + 1
	}
	return len(r.source.text) + 1
}

func (r *report) parsableUpTo(lines int) bool {
	return parsable(strings.NewReader(r.source.text[:min(r.sizeOf(lines)-1, len(r.source.text))]))
}

// progress is how many lines the parser reads before it gives up.
func (r *report) progress() int {
	reader := &lineReader{text: r.source.text}
	parsable(reader)
	return min(1+strings.Count(reader.text[:max(0, reader.read-1)], "\n"), len(r.source.starts))
}

// parsable reports whether the text is YAML, every document of it.
func parsable(text io.Reader) bool {
	decoder := yaml.NewDecoder(text)
	for {
		var n yaml.Node
		if err := decoder.Decode(&n); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// lineReader hands out at most a line at a time, so that the parser gets no more
// than it needs.
type lineReader struct {
	text string
	read int // bytes
}

// Read implements io.Reader.
func (l *lineReader) Read(p []byte) (int, error) {
	line := l.text[l.read:]
	if line == "" {
		return 0, io.EOF
	}
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = line[:i+1]
	}
	n := copy(p, line)
	l.read += n
	return n, nil
}

// slipShape is a slip that a line shows at a glance, whatever the parser
// made of it. The first group of the expression is where it is.
type slipShape struct {
	shape         *regexp.Regexp
	message, hint string
}

// begin is what stands before a value: the colon of a key, the dash of a list
// entry, or a bracket or comma.
const begin = `(?:^|.*?[^\\])(?::\s+|-\s+|[\[{,]\s*)`

var slipShapes = []slipShape{
	{
		regexp.MustCompile(`^ *(\t)`),
		"the line is indented with a tab, which YAML does not allow", "use spaces",
	},
	{
		regexp.MustCompile(`^` + begin + `("(?:[^"\\]|\\.)*|'(?:[^']|'')*)$`),
		"a quote is opened and not closed", "close it",
	},
	{
		regexp.MustCompile(`^` + begin + `(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*([^\s,\]}#:])`),
		"the text goes on behind its closing quote", `put all of it in quotes; a ' inside 'quotes' is written twice`,
	},
	{
		regexp.MustCompile(`^[^"'#]*[\[{][^"'}\]#]*(\$\{)`),
		"a reference to the environment may not stand inside { } or [ ] like this", "put it in quotes, or write each key and entry on a line of its own",
	},
	{
		regexp.MustCompile(`^[^"'#]*(?::\s+|-\s+|[\[,]\s*)([*&][^\s,\]]*)`),
		"text that begins with * or & has a special meaning in YAML", `put it in quotes, such as "*.bam"`,
	},
	{
		regexp.MustCompile(`^[^"'#]*(?::\s+|-\s+)(\{[^}]*\})\s*[^\s#,\]}]`),
		"text that begins with { has a special meaning in YAML", `put it in quotes, such as "{name}"`,
	},
	{
		regexp.MustCompile("^[^\"'#]*(?::\\s+|-\\s+|[\\[,]\\s*)([@`%])"),
		"text may not begin with @, % or a backquote", "put it in quotes",
	},
}

// explanation is what a message of the YAML library means.
type explanation struct {
	part          string // of the library's message
	message, hint string
}

var explanations = []explanation{
	{"mapping values are not allowed", "a colon is not allowed here", `put text with a colon and a space in it in quotes; otherwise look at the indentation, and in the line before for a missing colon, or a missing space behind one`},
	{"did not find expected ',' or ']'", `a list that was opened with "[" is not closed`, `close it with "]", or write each entry on a line of its own after "- "`},
	{"did not find expected ',' or '}'", `a mapping that was opened with "{" is not closed`, `close it with "}"; text that begins with { must be in quotes`},
	{"did not find expected key", "the line does not fit the lines before it", "use the same indentation as its neighbours, and put text with quotes or special characters in quotes"},
	{"did not find expected '-' indicator", "the line does not fit the list before it", `begin each entry of the list with "- ", under the one before`},
	{"block sequence entries are not allowed", "a list entry may not begin here", `begin the list on a line of its own`},
	{"block mapping is not allowed", "a key may not begin here", "begin it on a line of its own"},
	{"could not find expected ':'", "a key without a colon, or text that goes on where it should not", `write "key: value"; look at the indentation and for an open quote`},
	{"found unexpected end of stream", "a quote is opened and not closed", "close it"},
	{"found unexpected document indicator", "a quote is opened and not closed", "close it"},
	{"found unknown escape character", `a backslash in "double quotes" begins an unknown escape`, "use 'single quotes', in which a backslash stands for itself"},
	{"did not find expected alphabetic or numeric character", "text that begins with * or & has a special meaning in YAML", "put it in quotes"},
	{"unknown anchor", "text that begins with * has a special meaning in YAML", "put it in quotes"},
	{"found character that cannot start any token", "text may not begin with this character", "put it in quotes"},
	{"exceeded max depth", "the plan is nested too deeply", "a plan needs no more than five levels"},
	{"did not find expected comment or line break", `nothing may follow "|" or ">" on the line`, "put the text in quotes, or begin it on the next line"},
	{"incompatible YAML document", "the plan asks for an unsupported YAML version", "remove the line that begins with %"},
	{"directive", "a line that begins with % has a special meaning in YAML", "remove it, or put it in quotes"},
	{"did not find expected node content", "a value is missing or cannot begin here", "look for a comma or bracket too many"},
	{"did not find expected <document start>", "the line does not belong to the mapping before it", `write "key: value", without indentation for the keys of the plan itself`},
	{"undefined tag handle", "text that begins with ! has a special meaning in YAML", "put it in quotes"},
	{"tag", "text that begins with ! has a special meaning in YAML", "put it in quotes"},
}

// explainSyntax puts an error of the YAML library into words; line is the line
// it was found to be in, and offset the byte in it.
func explainSyntax(reason, line string) (message, hint string, offset int) {
	line = line[:min(len(line), maxSearched)]
	for _, s := range slipShapes {
		if at := s.shape.FindStringSubmatchIndex(line); at != nil {
			return s.message, s.hint, at[2]
		}
	}
	offset = len(line) - len(strings.TrimLeft(line, " "))
	for _, e := range explanations {
		if strings.Contains(reason, e.part) {
			return e.message, e.hint, offset
		}
	}
	reason = strings.TrimPrefix(reason, "yaml: ")
	if strings.HasPrefix(reason, "line ") {
		_, reason, _ = strings.Cut(reason, ": ")
	}
	return "the plan is not YAML: " + reason, "look at the indentation, the quotes and the brackets", offset
}
