package cli

import (
	"io"
	"slices"
	"strings"
)

// writeFish writes the script for fish: two functions that know where on the
// line one is, and a line for everything that can stand there.
func writeFish(w io.Writer, commands []command) error {
	s := &script{}
	s.line("# fish completion for sbexport")
	s.line("")
	s.line("# The commands and arguments before the cursor, without flags and their values.")
	s.line("function __sbexport_command")
	s.line("    set -l words (commandline -opc)")
	s.line("    set -l found")
	s.line("    set -l value 0")
	s.line("    set -e words[1]")
	s.line("    for word in $words")
	s.line("        if test $value = 1")
	s.line("            set value 0")
	s.line("            continue")
	s.line("        end")
	s.line("        switch $word")
	s.line("            case %s", strings.Join(valued(commands), " "))
	s.line("                set value 1")
	s.line("            case '-*'")
	s.line("            case '*'")
	s.line("                set -a found $word")
	s.line("        end")
	s.line("    end")
	s.line(`    echo "$found"`)
	s.line("end")
	s.WriteString(fishFunctions)
	for _, c := range commands {
		fishCommand(s, c, commands[0])
	}
	return s.writeTo(w)
}

const fishFunctions = `
# Whether the line is exactly at a command, and whether it is at it or behind.
function __sbexport_exactly
    test (__sbexport_command) = "$argv"
end

function __sbexport_at
    set -l found (__sbexport_command)
    test "$found" = "$argv"; or string match -q -- "$argv *" "$found"
end

function __sbexport_rules
    set -l words (commandline -opc)
    set -l plan
    for i in (seq 2 (count $words))
        switch $words[$i]
            case -f --file
                set plan -f $words[(math $i + 1)]
            case '--file=*'
                set plan -f (string replace -- --file= '' $words[$i])
        end
    end
    sbexport __rules $plan 2>/dev/null
end

complete -c sbexport -f
`

// fishCommand writes what can stand behind a command. Flags of the program
// itself are written once, for they stand everywhere.
func fishCommand(s *script, c, root command) {
	path := strings.Join(c.path, " ")
	s.line("")
	for _, sub := range c.subs {
		s.line("complete -c sbexport -n %s -a %s -d %s", fishQuoted("__sbexport_exactly "+path), sub.path[len(sub.path)-1], fishQuoted(sub.help))
	}
	for _, t := range c.args {
		switch t.kind {
		case takesFile:
			s.line("complete -c sbexport -n %s -F", fishQuoted("__sbexport_at "+path))
		case takesWords:
			s.line("complete -c sbexport -n %s -a %s", fishQuoted("__sbexport_exactly "+path), fishQuoted(strings.Join(t.words, " ")))
		case takesNothing, takesText, takesRule:
		}
	}
	for _, f := range c.flags {
		everywhere := slices.ContainsFunc(root.flags, func(g option) bool { return g.name == f.name })
		switch {
		case len(c.path) == 0:
			s.line("complete -c sbexport %s", fishFlag(f))
		case !everywhere:
			s.line("complete -c sbexport -n %s %s", fishQuoted("__sbexport_at "+path), fishFlag(f))
		}
	}
}

// fishFlag is a flag as options of complete.
func fishFlag(f option) string {
	text := "-l " + f.name
	if f.short != 0 {
		text += " -s " + string(f.short)
	}
	switch f.takes.kind {
	case takesFile:
		text += " -r -F"
	case takesRule:
		text += " -x -a '(__sbexport_rules)'"
	case takesWords:
		text += " -x -a " + fishQuoted(strings.Join(f.takes.words, " "))
	case takesText:
		text += " -x"
	case takesNothing:
	}
	return text + " -d " + fishQuoted(f.help)
}

// valued are all flags that have a value, as words.
func valued(commands []command) []string {
	var words []string
	for _, c := range commands {
		for _, f := range c.flags {
			if f.takes.kind == takesNothing {
				continue
			}
			words = append(words, "--"+f.name)
			if f.short != 0 {
				words = append(words, "-"+string(f.short))
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// fishQuoted is text in single quotes, as fish reads it.
func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(strings.TrimSpace(text)) + "'"
}
