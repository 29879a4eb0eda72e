package cli

import (
	"io"
	"strings"
)

// writeBash writes the script for bash, from version 3.2 on: a table of what is
// known of the commands, and the function that reads the line by it.
func writeBash(w io.Writer, commands []command) error {
	s := &script{}
	s.line("# bash completion for sbexport")
	s.line("")
	s.line("# _sbexport_words COMMAND: its commands; _sbexport_flags: its flags")
	bashTable(s, "_sbexport_words", commands, func(c command) string { return strings.Join(subNames(c), " ") })
	bashTable(s, "_sbexport_flags", commands, func(c command) string { return strings.Join(flagNames(c), " ") })
	s.line("# _sbexport_takes COMMAND FLAG: what follows the flag; nothing when it has no value")
	s.line("_sbexport_takes() {")
	s.line("    case \"$1:$2\" in")
	for _, c := range commands {
		for _, f := range c.flags {
			if f.takes.kind != takesNothing {
				s.line("    %s) echo %s ;;", bashFlag(c, f), quoted(f.takes.text()))
			}
		}
	}
	s.line("    esac")
	s.line("}")
	s.line("")
	s.line("# _sbexport_argument COMMAND NUMBER: what the argument may be")
	s.line("_sbexport_argument() {")
	s.line("    case \"$1:$2\" in")
	for _, c := range commands {
		for i, t := range c.args {
			s.line("    %s:%d) echo %s ;;", quoted(strings.Join(c.path, " ")), i, quoted(t.text()))
		}
	}
	s.line("    esac")
	s.line("}")
	s.WriteString(bashFunction)
	return s.writeTo(w)
}

// bashTable writes a function that answers for each command.
func bashTable(s *script, name string, commands []command, answer func(command) string) {
	s.line("%s() {", name)
	s.line("    case \"$1\" in")
	for _, c := range commands {
		if text := answer(c); text != "" {
			s.line("    %s) echo %s ;;", quoted(strings.Join(c.path, " ")), quoted(text))
		}
	}
	s.line("    esac")
	s.line("}")
	s.line("")
}

// text is what the functions of the script say of it.
func (t takes) text() string {
	if t.kind == takesWords {
		return strings.Join(t.words, " ")
	}
	return ":" + string(t.kind)
}

// bashFlag is the pattern of a flag in a case.
func bashFlag(c command, f option) string {
	at := strings.Join(c.path, " ") + ":"
	pattern := quoted(at + "--" + f.name)
	if f.short != 0 {
		pattern += "|" + quoted(at+"-"+string(f.short))
	}
	return pattern
}

func subNames(c command) []string {
	var names []string
	for _, sub := range c.subs {
		names = append(names, sub.path[len(sub.path)-1])
	}
	return names
}

func flagNames(c command) []string {
	var names []string
	for _, f := range c.flags {
		names = append(names, "--"+f.name)
		if f.short != 0 {
			names = append(names, "-"+string(f.short))
		}
	}
	return names
}

const bashFunction = `
_sbexport() {
    local IFS=$' \t\n' program="$1" word words command="" takes="" plan="" last="" number=0 i
    COMPREPLY=()
    # The line's words up to the cursor; "--flag=value" comes as three of them.
    words=()
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if [[ "$word" != "=" ]]; then
            words+=("$word")
        elif ((i == COMP_CWORD)); then
            words+=("")
        fi
    done
    local cur="${words[${#words[@]} - 1]}"
    for ((i = 0; i < ${#words[@]} - 1; i++)); do
        word="${words[i]}"
        if [[ -n "$takes" ]]; then
            [[ "$last" == "-f" || "$last" == "--file" ]] && plan="$word"
            takes=""
        elif [[ "$word" == -* ]]; then
            takes="$(_sbexport_takes "$command" "$word")"
        elif [[ " $(_sbexport_words "$command") " == *" $word "* ]]; then
            command="${command:+$command }$word"
        else
            number=$((number + 1))
        fi
        last="$word"
    done
    if [[ -z "$takes" && "$cur" == -* ]]; then
        takes="$(_sbexport_flags "$command")"
    elif [[ -z "$takes" ]]; then
        takes="$(_sbexport_words "$command")"
        [[ -z "$takes" ]] && takes="$(_sbexport_argument "$command" "$number")"
    fi
    case "$takes" in
    :file)
        compopt -o filenames 2>/dev/null
        IFS=$'\n'
        COMPREPLY=($(compgen -f -- "$cur"))
        ;;
    :rule)
        compopt -o filenames 2>/dev/null # for its quoting
        while IFS= read -r word; do
            [[ "$word" == "$cur"* ]] && COMPREPLY+=("$word")
        done < <("$program" __rules ${plan:+-f "$plan"} 2>/dev/null)
        ;;
    :*) ;;
    *) COMPREPLY=($(compgen -W "$takes" -- "$cur")) ;;
    esac
    return 0
}

complete -F _sbexport sbexport
`
