# bash completion for sbexport

# _sbexport_words COMMAND: its commands; _sbexport_flags: its flags
_sbexport_words() {
    case "$1" in
    '') echo 'plan lock' ;;
    'lock') echo 'check' ;;
    esac
}

_sbexport_flags() {
    case "$1" in
    '') echo '--help -h --file -f --plain' ;;
    'plan') echo '--help -h --file -f --plain --only --mode --wait' ;;
    'lock') echo '--help -h --file -f --plain' ;;
    'lock check') echo '--help -h --file -f --plain' ;;
    esac
}

# _sbexport_takes COMMAND FLAG: what follows the flag; nothing when it has no value
_sbexport_takes() {
    case "$1:$2" in
    ':--file'|':-f') echo ':file' ;;
    'plan:--file'|'plan:-f') echo ':file' ;;
    'plan:--only') echo ':rule' ;;
    'plan:--mode') echo 'fast slow' ;;
    'plan:--wait') echo ':text' ;;
    'lock:--file'|'lock:-f') echo ':file' ;;
    'lock check:--file'|'lock check:-f') echo ':file' ;;
    esac
}

# _sbexport_argument COMMAND NUMBER: what the argument may be
_sbexport_argument() {
    case "$1:$2" in
    'plan':0) echo ':file' ;;
    'lock check':0) echo 'one two' ;;
    esac
}

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
