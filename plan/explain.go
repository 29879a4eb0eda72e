package plan

import (
	"regexp"
	"strings"
)

// slipShape is a slip that a line shows at a glance, whatever the parser made of
// it. The first group of the expression is where it is.
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
	{"found unknown escape character", `a backslash in "double quotes" begins an escape that there is none of`, "use 'single quotes', in which a backslash stands for itself"},
	{"did not find expected alphabetic or numeric character", "text that begins with * or & has a special meaning in YAML", "put it in quotes"},
	{"unknown anchor", "text that begins with * has a special meaning in YAML", "put it in quotes"},
	{"found character that cannot start any token", "text may not begin with this character", "put it in quotes"},
	{"exceeded max depth", "the plan is nested too deeply", "a plan needs no more than five levels"},
	{"did not find expected comment or line break", `nothing may follow "|" or ">" on the line`, "put the text in quotes, or begin it on the next line"},
	{"incompatible YAML document", "the plan asks for a version of YAML that there is none of", "remove the line that begins with %"},
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
