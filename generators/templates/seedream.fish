# Completion of seedream for fish. Made by `python -m generators`: change that, not this.
# To try it: source this file.

function __seedream_recent
    set -l file $SEEDREAM_HISTORY
    if test -z "$file"
        if string match -q '/*' -- "$XDG_DATA_HOME"
            set file $XDG_DATA_HOME/seedream/history.jsonl
        else if test (uname) = Darwin
            set file "$HOME/Library/Application Support/seedream/history.jsonl"
        else
            set file $HOME/.local/share/seedream/history.jsonl
        end
    end
    string match -q '/*' -- "$file"; or set file ./$file
    test -f "$file"; and test -r "$file"; or return 0
    tail -c 262144 "$file" 2>/dev/null | LC_ALL=C awk -v mode=$argv[1] '
@@RECENT@@
    ' 2>/dev/null
end

# What was typed before the word at the cursor: the command's words on one line, then its arguments, each on its own.
function __seedream_typed
    set -l words (commandline -opc)
    set -l groups @@GROUPS@@
    set -l path
    set -l arguments
    set -l literal 0
    set -l skip 0
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
        else if test "$literal$word" = 0--
            set literal 1
        else if string match -q -- '0-*' "$literal$word"
            contains -- $word @@VALUED@@; and set skip 1
            contains -- $word @@COMMON@@; or switch "$path"
@@DEFAULTS@@
            end
        else if test -z "$path"; or contains -- "$path" $groups
            set path (string trim -- "$path $word")
        else
            set -a arguments $word
        end
    end
    echo $path
    string join -- \n $arguments
end

# Whether the command is one of these.
function __seedream_at
    set -l typed (__seedream_typed)
    contains -- "$typed[1]" $argv
end

# Whether the argument at the cursor is this one of the command, or, with a +, a later one.
function __seedream_argument
    set -l typed (__seedream_typed)
    test "$typed[1]" = "$argv[2]"; or return 1
    set -l place (count $typed)
    test $place -eq (string trim -rc + -- $argv[1]); and return 0
    string match -q '*+' -- $argv[1]; and test $place -gt (string trim -rc + -- $argv[1])
end

# Folders, and files with one of these suffixes.
function __seedream_files
    set -l word (string replace -r -- '^--[a-z0-9-]+=' '' (commandline -ct))
    set -l suffixes (string join '|' -- $argv)
    complete -C "'' $word" | string match -ri -- "^[^\t]*(?:/|\.(?:$suffixes))(?:\t.*)?\$"
end

function __seedream_drafts
    __seedream_recent ids
    printf '%s\t%s\n' last 'the newest draft' last~1 'the one before it' last~2 'the one before that'
    __seedream_files @@PICTURES@@
end

function __seedream_sizes
    set -l words (commandline -opc)
    set -l model $SEEDREAM_MODEL
    test "$argv[1]" = final; and set model @@FINAL@@
    for place in (seq (count $words))
        switch $words[$place]
            case -m --model
                test $place -lt (count $words); and set model $words[(math $place + 1)]
            case '--model=*' '-m?*'
                set model (string replace -r '^(--model=|-m)' '' -- $words[$place])
        end
    end
    switch "$model"
@@SIZES@@
    end
end

function __seedream_prompt
    set -l word (string replace -r -- '^--[a-z0-9-]+=' '' (commandline -ct))
    if string match -q '@*' -- $word; and not string match -q '@@*' -- $word
        complete -C "'' "(string sub -s 2 -- $word) | string replace -r '^' @
    end
end

function __seedream_setting
    set -l typed (__seedream_typed)
    switch "$typed[2]"
@@SETTINGS@@
    end
end

complete -c seedream -f
@@COMPLETE@@
