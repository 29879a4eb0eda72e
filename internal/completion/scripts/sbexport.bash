# bash completion for sbexport, from bash 3.2 on

_sbexport() {
    local IFS=$' \t\n' words=() word cur i
    # The line's words up to the cursor; "--flag=value" comes as three of them.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if [[ "$word" != "=" ]]; then
            words+=("$word")
        elif ((i == COMP_CWORD)); then
            words+=("")
        fi
    done
    cur="${words[${#words[@]} - 1]}"
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        case "$word" in
        :files)
            compopt -o filenames 2>/dev/null
            IFS=$'\n'
            COMPREPLY=($(compgen -f -- "$cur"))
            ;;
        :names) compopt -o filenames 2>/dev/null ;; # for its quoting
        *) COMPREPLY+=("$word") ;;
        esac
    done < <("$1" __complete -- "${words[@]}" 2>/dev/null)
    return 0
}

complete -F _sbexport sbexport
