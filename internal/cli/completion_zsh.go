package cli

import (
	"fmt"
	"io"
	"strings"
)

// writeZsh writes the script for zsh: a function for each command.
func writeZsh(w io.Writer, commands []command) error {
	s := &script{}
	s.line("#compdef sbexport")
	s.WriteString(zshRules)
	for _, c := range commands {
		s.line("")
		s.line("_%s() {", c.name())
		if len(c.subs) > 0 {
			zshGroup(s, c)
		} else {
			s.line("  _arguments -s \\")
			s.line("    %s", strings.Join(append(zshFlags(c), zshArguments(c)...), " \\\n    "))
		}
		s.line("}")
	}
	s.line("")
	s.line(`if [ "$funcstack[1]" = "_sbexport" ]; then`)
	s.line(`  _sbexport "$@"`)
	s.line("else")
	s.line("  compdef _sbexport sbexport")
	s.line("fi")
	return s.writeTo(w)
}

const zshRules = `
_sbexport_rules_of_the_plan() {
  local -a rules plan
  local i
  for ((i = 1; i < CURRENT; i++)); do
    case $words[i] in
      -f|--file) plan=(-f "$words[i+1]") ;;
      --file=*) plan=(-f "${words[i]#--file=}") ;;
    esac
  done
  rules=(${(f)"$(_call_program rules sbexport __rules $plan 2>/dev/null)"})
  compadd -a rules
}
`

// zshGroup writes the body of a command that has commands.
func zshGroup(s *script, c command) {
	s.line("  local curcontext=\"$curcontext\" state line")
	s.line("  local -A opt_args")
	s.line("  local -a commands")
	s.line("  commands=(")
	for _, sub := range c.subs {
		s.line("    %s", quoted(sub.path[len(sub.path)-1]+":"+strings.ReplaceAll(sub.help, ":", `\:`)))
	}
	s.line("  )")
	s.line("  _arguments -C -s \\")
	for _, f := range zshFlags(c) {
		s.line("    %s \\", f)
	}
	s.line("    '1:command:->command' '*::argument:->argument'")
	s.line("  case $state in")
	s.line("    command) _describe command commands ;;")
	s.line("    argument)")
	s.line("      case $line[1] in")
	for _, sub := range c.subs {
		s.line("        %s) _%s ;;", sub.path[len(sub.path)-1], sub.name())
	}
	s.line("      esac")
	s.line("      ;;")
	s.line("  esac")
}

// zshFlags are the flags as specifications of _arguments.
func zshFlags(c command) []string {
	var specs []string
	for _, f := range c.flags {
		names, value := []string{"--" + f.name}, ""
		if f.short != 0 {
			names = append(names, "-"+string(f.short))
		}
		if f.takes.kind != takesNothing {
			value = ":" + zshText(f.metavar) + ":" + f.takes.zsh()
		}
		exclusive := "(" + strings.Join(names, " ") + ")"
		if f.repeats {
			exclusive = "*"
		}
		for _, name := range names {
			joint := ""
			if value != "" && strings.HasPrefix(name, "--") {
				joint = "="
			}
			specs = append(specs, quoted(fmt.Sprintf("%s%s%s[%s]%s", exclusive, name, joint, zshText(f.help), value)))
		}
	}
	return specs
}

// zshArguments are the arguments as specifications of _arguments.
func zshArguments(c command) []string {
	var specs []string
	for i, t := range c.args {
		specs = append(specs, quoted(fmt.Sprintf("%d::%s:%s", i+1, "argument", t.zsh())))
	}
	return specs
}

// zsh is the action that completes it.
func (t takes) zsh() string {
	switch t.kind {
	case takesFile:
		return "_files"
	case takesRule:
		return "_sbexport_rules_of_the_plan"
	case takesWords:
		return "(" + strings.Join(t.words, " ") + ")"
	case takesNothing, takesText:
	}
	return " "
}

// zshText is text inside a specification.
func zshText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(text)
}
