# Completion of seedream for bash, 3.2 and later. Made by `python -m generators`: change that, not this.
# To try it: source this file.

__seedream_recent() {
    local file=${SEEDREAM_HISTORY:-}
    if [[ -z $file ]]; then
        if [[ ${XDG_DATA_HOME:-} == /* ]]; then
            file=$XDG_DATA_HOME/seedream/history.jsonl
        elif [[ $OSTYPE == darwin* ]]; then
            file="$HOME/Library/Application Support/seedream/history.jsonl"
        else
            file=$HOME/.local/share/seedream/history.jsonl
        fi
    fi
    [[ $file == /* ]] || file=./$file
    [[ -f $file && -r $file ]] || return 0
    tail -c 262144 "$file" 2>/dev/null | LC_ALL=C awk -v mode="$1" '
@@RECENT@@
    ' 2>/dev/null
}

# What a command has: `commands`, `options`, `arguments`.
__seedream_command() {
    commands='' options='' arguments=''
    case $1 in
@@COMMANDS@@
    esac
}

# What an option's value may be.
__seedream_value() {
    case $1 in
@@VALUES@@
    *) kind=nothing ;;
    esac
}

__seedream_sizes() {
    case $1 in
@@SIZES@@
    esac
}

__seedream_setting() {
    case $1 in
@@SETTINGS@@
    esac
}

# The command that is meant where an option of its own follows a group's name.
__seedream_default() {
    local group=$path
    [[ -n $commands && " $options " != *" $word "* ]] || return 0
    case $path in
@@DEFAULTS@@
    esac
    [[ $path == "$group" ]] || __seedream_command "$path"
}

# Candidates among words of ours, which hold nothing that a shell would act on.
__seedream_words() {
    local word
    for word in $1; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
    done
}

# Candidates from the history: anybody may have written them, so they are compared and quoted, never evaluated.
__seedream_texts() {
    local text quoted
    while IFS= read -r text; do
        printf -v quoted %q "$text"
        if [[ -n $quote ]]; then
            [[ $text != *[\"\'\`\$\\!]* && $text == "$cur"* ]] && COMPREPLY+=("$text")
        elif [[ $text == "$cur"* || $quoted == "$cur"* ]]; then
            COMPREPLY+=("$quoted")
        fi
    done < <(__seedream_recent "$1")
}

__seedream_drafts() {
    local id text
    while IFS=$'\t' read -r id text; do
        [[ $id == "$cur"* ]] && COMPREPLY+=("$id")
    done < <(__seedream_recent ids)
    __seedream_words 'last last~1 last~2'
    [[ ${#COMPREPLY[@]} -gt 0 && $cur != */* ]] || __seedream_files '@@PICTURES@@'
}

# Files with one of these suffixes (all, where none is given) and folders, after what stands before their names.
__seedream_files() {
    local suffix name before=${2:-}
    type compopt &>/dev/null && compopt -o filenames 2>/dev/null
    while IFS= read -r name; do
        COMPREPLY+=("$before$name")
    done < <(
        compgen -d -- "$cur"
        if [[ -z $1 ]]; then
            compgen -f -- "$cur"
        else
            for suffix in ${1//,/ }; do compgen -f -X "!*.$suffix" -- "$cur"; done
        fi | while IFS= read -r name; do [[ -d $name ]] || printf '%s\n' "$name"; done
    )
}

__seedream_complete() {
    case $1 in
    words:*) local IFS=$' \t\n,'; __seedream_words "${1#words:}" ;;
    models) __seedream_words '@@MODELS@@' ;;
    sizes)
        [[ -n $model || $path != 'history final' ]] || model=@@FINAL@@
        __seedream_sizes "${model:-${SEEDREAM_MODEL:-}}"
        ;;
    drafts) __seedream_drafts ;;
    tags) __seedream_texts tags ;;
    batches) __seedream_texts batches ;;
    folders)
        type compopt &>/dev/null && compopt -o filenames 2>/dev/null
        local name
        while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -d -- "$cur")
        ;;
    files) __seedream_files '' ;;
    files:*) __seedream_files "${1#files:}" ;;
    prompt)
        if [[ $cur == @* && $cur != @@* ]]; then
            cur=${cur#@}
            __seedream_files '' @
        fi
        ;;
    settings) __seedream_words '@@KEYS@@' ;;
    setting) __seedream_setting "$setting" ;;
    esac
}

_seedream() {
    local IFS=$' \t\n'
    local words=() cword=0 i rest=${COMP_LINE:0:COMP_POINT} word stripped typed='' cur quote='' lead=''
    # Words as they were typed: readline also divides them at = : and @. The last one only up to the cursor.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        stripped=${rest#"${rest%%[![:space:]]*}"}
        if [[ $i -gt 0 && -n $rest && $stripped == "$rest" ]]; then
            words[cword]+=$word
        else
            [[ $i -eq 0 ]] || ((++cword))
            words[cword]=$word
            typed=$stripped
        fi
        rest=${stripped#"$word"}
    done

    local path='' commands options arguments option='' model='' setting='' position=0 literal='' kind=nothing each
    __seedream_command ''
    for ((i = 1; i < cword; i++)); do
        word=${words[i]}
        if [[ -n $option ]]; then
            [[ $option != --model && $option != -m ]] || model=$word
            option=''
            continue
        fi
        case $literal$word in
        --) literal=' ' ;;
        -*)
            __seedream_default
            case $word in
            --model=*) model=${word#*=} ;;
            -m?*) model=${word#-m} ;;
            esac
            [[ ' @@VALUED@@ ' != *" $word "* ]] || option=$word
            ;;
        *)
            if [[ -n $commands ]]; then
                [[ " $commands " == *" $word "* ]] || return 0
                path=${path:+$path }$word
                __seedream_command "$path"
            else
                ((++position))
                [[ $position -ne 1 ]] || setting=$word
            fi
            ;;
        esac
    done

    cur=$typed
    if [[ -z $option && -z $literal && $cur == --*=* ]]; then
        option=${cur%%=*} lead=${cur%%=*}= cur=${cur#*=} word=$option
        __seedream_default
    fi
    if [[ $cur == [\"\']* ]]; then
        quote=${cur:0:1} lead+=${cur:0:1} cur=${cur:1}
    fi
    COMPREPLY=()
    if [[ -n $option ]]; then
        __seedream_value "$path $option"
        __seedream_complete "$kind"
    elif [[ -z $literal && $cur == -* ]]; then
        word=''
        __seedream_default
        __seedream_words "$options"
    elif [[ -n $commands ]]; then
        __seedream_words "$commands"
    else
        for each in $arguments; do
            kind=${each%'*'}
            if ((position-- == 0)) || [[ $each == *'*' ]]; then break; fi
            kind=nothing
        done
        __seedream_complete "$kind"
    fi

    # Readline replaces what it takes for the last word, and nothing before that.
    local before=${typed%"$2"}
    for i in "${!COMPREPLY[@]}"; do
        each=$lead${COMPREPLY[i]}
        COMPREPLY[i]=${each#"$before"}
    done
}

complete -F _seedream seedream
