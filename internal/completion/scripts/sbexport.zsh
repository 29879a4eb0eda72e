#compdef sbexport

_sbexport() {
  local -a lines described
  local line help
  lines=("${(@f)$(${(Q)words[1]} __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $lines[1] == :files ]]; then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _files
    return
  fi
  for line in $lines; do
    [[ $line == :names ]] && continue
    help=${line#*$'\t'}
    described+=("${${line%%$'\t'*}//:/\\:}${help:+:$help}")
  done
  _describe sbexport described
}

if [ "$funcstack[1]" = "_sbexport" ]; then
  _sbexport "$@"
else
  compdef _sbexport sbexport
fi
