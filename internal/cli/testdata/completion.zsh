#compdef sbexport

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

_sbexport() {
  local curcontext="$curcontext" state line
  local -A opt_args
  local -a commands
  commands=(
    'plan:Make\: a plan.'
    'lock:Locks.'
  )
  _arguments -C -s \
    '(--help -h)--help[Show context-sensitive help.]' \
    '(--help -h)-h[Show context-sensitive help.]' \
    '(--file -f)--file=[It'\''s a file\: \[any\] \\ one.]:FILE:_files' \
    '(--file -f)-f[It'\''s a file\: \[any\] \\ one.]:FILE:_files' \
    '(--plain)--plain[No value.]' \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
        plan) _sbexport_plan ;;
        lock) _sbexport_lock ;;
      esac
      ;;
  esac
}

_sbexport_plan() {
  _arguments -s \
    '(--help -h)--help[Show context-sensitive help.]' \
    '(--help -h)-h[Show context-sensitive help.]' \
    '(--file -f)--file=[It'\''s a file\: \[any\] \\ one.]:FILE:_files' \
    '(--file -f)-f[It'\''s a file\: \[any\] \\ one.]:FILE:_files' \
    '(--plain)--plain[No value.]' \
    '*--only=[Only this.]:RULE:_sbexport_rules_of_the_plan' \
    '(--mode)--mode=[How.]:VALUE:(fast slow)' \
    '(--wait)--wait=[How long.]:D: ' \
    '1::argument:_files'
}

_sbexport_lock() {
  local curcontext="$curcontext" state line
  local -A opt_args
  local -a commands
  commands=(
    'check:Check it.'
  )
  _arguments -C -s \
    '(--help -h)--help[Show context-sensitive help.]' \
    '(--help -h)-h[Show context-sensitive help.]' \
    '(--file -f)--file=[It'\''s a file\: \[any\] \\ one.]:FILE:_files' \
    '(--file -f)-f[It'\''s a file\: \[any\] \\ one.]:FILE:_files' \
    '(--plain)--plain[No value.]' \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
        check) _sbexport_lock_check ;;
      esac
      ;;
  esac
}

_sbexport_lock_check() {
  _arguments -s \
    '(--help -h)--help[Show context-sensitive help.]' \
    '(--help -h)-h[Show context-sensitive help.]' \
    '(--file -f)--file=[It'\''s a file\: \[any\] \\ one.]:FILE:_files' \
    '(--file -f)-f[It'\''s a file\: \[any\] \\ one.]:FILE:_files' \
    '(--plain)--plain[No value.]' \
    '1::argument:(one two)'
}

if [ "$funcstack[1]" = "_sbexport" ]; then
  _sbexport "$@"
else
  compdef _sbexport sbexport
fi
