# fish completion for sbexport

function __sbexport_complete
    set -l token (commandline -ct)
    set -l words (commandline -opc) "$token"
    set -l lines (sbexport __complete -- $words[2..-1] 2>/dev/null)
    if test "$lines[1]" = :files
        set -l flag (string match -r -- '^--[^=]*=' "$token")
        printf '%s\n' "$flag"(__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$token"))
    else
        string match -v -- :names $lines
    end
end

complete -c sbexport -f -a '(__sbexport_complete)'
