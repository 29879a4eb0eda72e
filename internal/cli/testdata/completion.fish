# fish completion for sbexport

# The commands and arguments before the cursor, without flags and their values.
function __sbexport_command
    set -l words (commandline -opc)
    set -l found
    set -l value 0
    set -e words[1]
    for word in $words
        if test $value = 1
            set value 0
            continue
        end
        switch $word
            case --file --mode --only --wait -f
                set value 1
            case '-*'
            case '*'
                set -a found $word
        end
    end
    echo "$found"
end

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

complete -c sbexport -n '__sbexport_exactly' -a plan -d 'Make: a plan.'
complete -c sbexport -n '__sbexport_exactly' -a lock -d 'Locks.'
complete -c sbexport -l help -s h -d 'Show context-sensitive help.'
complete -c sbexport -l file -s f -r -F -d 'It\'s a file: [any] \\ one.'
complete -c sbexport -l plain -d 'No value.'

complete -c sbexport -n '__sbexport_at plan' -F
complete -c sbexport -n '__sbexport_at plan' -l only -x -a '(__sbexport_rules)' -d 'Only this.'
complete -c sbexport -n '__sbexport_at plan' -l mode -x -a 'fast slow' -d 'How.'
complete -c sbexport -n '__sbexport_at plan' -l wait -x -d 'How long.'

complete -c sbexport -n '__sbexport_exactly lock' -a check -d 'Check it.'

complete -c sbexport -n '__sbexport_exactly lock check' -a 'one two'
