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
        # Lines of the history, oldest first, to recent ids (and their prompts), tags, or batches, newest first.
        # Records begin alike, and a quote inside their texts is escaped: what is looked for is found nowhere else.
        BEGIN { start = "{\"v\":1,\"id\":\""; most = 40 }
        function plain(text) {
            gsub(/\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]/, "?", text)
            gsub(/\\./, " ", text)
            gsub(/[\001-\037\177]|\302[\200-\237]|\330\234|\342\200[\213-\217\250-\257]|\342\201[\240-\257]/, "?", text)
            gsub(/\357\273\277|\363\240[\200-\201][\200-\277]/, "?", text)
            return text
        }
        function name(text) {
            if (text != "" && text !~ /\\/ && text == plain(text)) { at[text] = NR * 1000 + ++within }
        }
        function string(from) { return match(from, /^"([^"\\]|\\.)*"/) ? substr(from, 2, RLENGTH - 2) : "" }
        {
            sub(/^\t/, "")
            if (index($0, start) != 1) next
            rest = substr($0, length(start) + 1)
            id = substr(rest, 1, index(rest, "\"") - 1)
            if (id !~ /^[a-z0-9]+$/ || length(id) < 10 || length(id) > 16) next
            within = 0
            kind = string(substr(rest, length(id) + 10))
            if (mode == "ids") {
                if (kind == "forgotten") { delete at[id]; next }
                if (kind != "intent") next
                at[id] = NR
                place = index(rest, "\"prompt\":")
                text = plain(string(substr(rest, place + 9, 400)))
                if (length(text) > 60) {
                    text = substr(text, 1, 57)
                    sub(/[\300-\377][\200-\277]*$/, "", text)
                    text = text "..."
                }
                told[id] = text
            } else if (mode == "batches") {
                if ((place = index(rest, ",\"batch\":\""))) name(string(substr(rest, place + 9)))
            } else if ((place = index(rest, ",\"tags\":["))) {
                rest = substr(rest, place + 9)
                while ((word = string(rest)) != "") {
                    name(word)
                    rest = substr(rest, length(word) + 4)
                }
            }
        }
        END {
            while (most-- > 0) {
                last = ""
                for (one in at) if (last == "" || at[one] > at[last]) last = one
                if (last == "") exit
                print (mode == "ids" ? last "\t" told[last] : last)
                delete at[last]
            }
        }
    ' 2>/dev/null
}

# What a command has: `commands`, `options`, `arguments`.
__seedream_command() {
    commands='' options='' arguments=''
    case $1 in
    '')
        commands='gen batch history gallery watch models auth config doctor sandbox'
        options='--version -q --quiet -v --verbose -h --help'
        ;;
    'gen')
        options='-n --count -s --size --seed --negative --no -m --model --force --dry-run --max-cost -y --yes --reuse --sandbox -o --output -d --dir --tag --embed --no-embed -j --jobs --one-request --timeout --max-wait --preview --no-preview --open --json -0 --print0 -q --quiet -v --verbose -h --help'
        arguments='prompt'
        ;;
    'batch')
        options='--format --expand --seeds --name --shard --fresh --retry-unknown --retry-blocked --retry-missing --fail-fast -n --count -s --size --seed --negative --no -m --model --force --dry-run --max-cost -y --yes --reuse --sandbox -o --output -d --dir --tag --embed --no-embed -j --jobs --one-request --timeout --max-wait --preview --no-preview --open --json -0 --print0 -q --quiet -v --verbose -h --help'
        arguments='files:txt,jsonl,json,csv,tsv'
        ;;
    'history')
        commands='list show path open rerun final pull rate tag note diff tree stats export import verify repair forget'
        options='-q --quiet -v --verbose -h --help'
        ;;
    'history list')
        options='-n --limit --all --grep --since --until -m --model -s --size --seed --tag --rating --status --batch --json -q --quiet -v --verbose -h --help'
        ;;
    'history show')
        options='--preview --no-preview --json -q --quiet -v --verbose -h --help'
        arguments='drafts'
        ;;
    'history path')
        options='-q --quiet -v --verbose -h --help'
        ;;
    'history open')
        options='-q --quiet -v --verbose -h --help'
        arguments='drafts'
        ;;
    'history rerun')
        options='--prompt --sub -n --count -s --size --seed --negative --no -m --model --force --dry-run --max-cost -y --yes --reuse --sandbox -o --output -d --dir --tag --embed --no-embed -j --jobs --one-request --timeout --max-wait --preview --no-preview --open --json -0 --print0 -q --quiet -v --verbose -h --help'
        arguments='drafts*'
        ;;
    'history final')
        options='--prompt --sub -n --count -s --size --seed --negative --no -m --model --force --dry-run --max-cost -y --yes --reuse --sandbox -o --output -d --dir --tag --embed --no-embed -j --jobs --one-request --timeout --max-wait --preview --no-preview --open --json -0 --print0 -q --quiet -v --verbose -h --help'
        arguments='drafts*'
        ;;
    'history pull')
        options='-j --jobs --embed --no-embed --timeout --json -0 --print0 -q --quiet -v --verbose -h --help'
        arguments='drafts*'
        ;;
    'history rate')
        options='-q --quiet -v --verbose -h --help'
        arguments='drafts words:0,1,2,3,4,5'
        ;;
    'history tag')
        options='--remove -q --quiet -v --verbose -h --help'
        arguments='drafts tags*'
        ;;
    'history note')
        options='-q --quiet -v --verbose -h --help'
        arguments='drafts nothing'
        ;;
    'history diff')
        options='--json -q --quiet -v --verbose -h --help'
        arguments='drafts drafts'
        ;;
    'history tree')
        options='--json -q --quiet -v --verbose -h --help'
        arguments='drafts'
        ;;
    'history stats')
        options='--json -q --quiet -v --verbose -h --help'
        ;;
    'history export')
        options='--json --csv -q --quiet -v --verbose -h --help'
        ;;
    'history import')
        options='-q --quiet -v --verbose -h --help'
        arguments='files*'
        ;;
    'history verify')
        options='--json -q --quiet -v --verbose -h --help'
        ;;
    'history repair')
        options='-q --quiet -v --verbose -h --help'
        ;;
    'history forget')
        options='--files -q --quiet -v --verbose -h --help'
        arguments='drafts*'
        ;;
    'gallery')
        options='-n --limit -o --output --sheet --serve --port --max-cost --sandbox -d --dir --embed --no-embed -j --jobs --timeout --max-wait --all --grep --since --until -m --model -s --size --seed --tag --rating --status --batch -q --quiet -v --verbose -h --help'
        arguments='drafts*'
        ;;
    'watch')
        options='-n --count -s --size --seed --negative --no -m --model --force --dry-run --max-cost -y --yes --reuse --sandbox -o --output -d --dir --tag --embed --no-embed -j --jobs --one-request --timeout --max-wait --preview --no-preview --open --json -0 --print0 -q --quiet -v --verbose -h --help'
        arguments='files'
        ;;
    'models')
        options='--live --json -q --quiet -v --verbose -h --help'
        ;;
    'auth')
        commands='login status logout'
        options='-q --quiet -v --verbose -h --help'
        ;;
    'auth login')
        options='-q --quiet -v --verbose -h --help'
        ;;
    'auth status')
        options='--check --json -q --quiet -v --verbose -h --help'
        ;;
    'auth logout')
        options='-q --quiet -v --verbose -h --help'
        ;;
    'config')
        commands='list get set unset path'
        options='-q --quiet -v --verbose -h --help'
        ;;
    'config list')
        options='--json -q --quiet -v --verbose -h --help'
        ;;
    'config get')
        options='-q --quiet -v --verbose -h --help'
        arguments='settings'
        ;;
    'config set')
        options='--force -q --quiet -v --verbose -h --help'
        arguments='settings setting'
        ;;
    'config unset')
        options='-q --quiet -v --verbose -h --help'
        arguments='settings'
        ;;
    'config path')
        options='-q --quiet -v --verbose -h --help'
        ;;
    'doctor')
        options='--seed-check -m --model -y --yes --sandbox --json -q --quiet -v --verbose -h --help'
        ;;
    'sandbox')
        options='--port --latency --ttl --balance --concurrency --faults -q --quiet -v --verbose -h --help'
        ;;
    esac
}

# What an option's value may be.
__seedream_value() {
    case $1 in
    'history list -s') kind='words:1024x1024,1024x1536,1536x1024,2048x2048,1024x2048,2048x1024,square,portrait,landscape' ;;
    'history list --size') kind='words:1024x1024,1024x1536,1536x1024,2048x2048,1024x2048,2048x1024,square,portrait,landscape' ;;
    'history rerun --seed') kind='words:new,+1' ;;
    'history final --seed') kind='words:new,+1' ;;
    'gallery -o') kind=files:html,htm ;;
    'gallery --output') kind=files:html,htm ;;
    'gallery -s') kind='words:1024x1024,1024x1536,1536x1024,2048x2048,1024x2048,2048x1024,square,portrait,landscape' ;;
    'gallery --size') kind='words:1024x1024,1024x1536,1536x1024,2048x2048,1024x2048,2048x1024,square,portrait,landscape' ;;
    *\ --batch) kind=batches ;;
    *\ --output|*\ -o) kind=files ;;
    *\ --sheet) kind=files:png ;;
    *\ --dir|*\ -d) kind=folders ;;
    *\ --model|*\ -m) kind=models ;;
    *\ --prompt) kind=prompt ;;
    *\ --size|*\ -s) kind=sizes ;;
    *\ --tag) kind=tags ;;
    *\ --rating) kind='words:0,1,2,3,4,5,1+,2+,3+,4+' ;;
    *\ --status) kind='words:saved,pending,expired,unknown,blocked,failed' ;;
    *\ --since|*\ --until) kind='words:today,yesterday,1h,3d,1w' ;;
    *\ --format) kind='words:txt,jsonl,json,csv,tsv,a1111' ;;
    *) kind=nothing ;;
    esac
}

__seedream_sizes() {
    case $1 in
    seedream-v5lite) __seedream_words '1024x1024 1024x1536 1536x1024 square portrait landscape' ;;
    seedream-v4) __seedream_words '1024x1024 1024x1536 1536x1024 square portrait landscape' ;;
    seedream-v4.5) __seedream_words '2048x2048 1024x1024 1024x2048 2048x1024 square portrait landscape' ;;
    *) __seedream_words '1024x1024 1024x1536 1536x1024 2048x2048 1024x2048 2048x1024 square portrait landscape' ;;
    esac
}

__seedream_setting() {
    case $1 in
    model) __seedream_words 'seedream-v5lite seedream-v4 seedream-v4.5' ;;
    size) __seedream_words '1024x1024 1024x1536 1536x1024 2048x2048 1024x2048 2048x1024 square portrait landscape' ;;
    embed) __seedream_words 'true false' ;;
    preview) __seedream_words 'true false' ;;
    esac
}

# The command that is meant where an option of its own follows a group's name.
__seedream_default() {
    local group=$path
    [[ -n $commands && " $options " != *" $word "* ]] || return 0
    case $path in
    'history') path='history list' ;;
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
    [[ ${#COMPREPLY[@]} -gt 0 && $cur != */* ]] || __seedream_files 'png,jpg,jpeg,webp'
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
    models) __seedream_words 'seedream-v5lite seedream-v4 seedream-v4.5' ;;
    sizes)
        [[ -n $model || $path != 'history final' ]] || model=seedream-v4.5
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
    settings) __seedream_words 'model size negative jobs max_cost timeout max_wait embed preview dir daily_cap max_in_flight download_hosts prices.seedream-v5lite prices.seedream-v4 prices.seedream-v4.5' ;;
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
            [[ ' --balance --batch --concurrency --count --dir --faults --format --grep --jobs --latency --limit --max-cost --max-wait --model --name --negative --no --output --port --prompt --rating --seed --seeds --shard --sheet --since --size --status --sub --tag --timeout --ttl --until -d -j -m -n -o -s ' != *" $word "* ]] || option=$word
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
