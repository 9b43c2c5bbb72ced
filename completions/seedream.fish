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
        # Lines of the history, oldest first, to recent ids (and their prompts), tags, or batches, newest first.
        # Records begin alike, and a quote inside their texts is escaped: what is looked for is found nowhere else.
        BEGIN { start = "{\\"v\\":1,\\"id\\":\\""; most = 40 }
        function plain(text) {
            gsub(/\\\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]/, "?", text)
            gsub(/\\\\./, " ", text)
            gsub(/[\\001-\\037\\177]|\\302[\\200-\\237]|\\330\\234|\\342\\200[\\213-\\217\\250-\\257]|\\342\\201[\\240-\\257]/, "?", text)
            gsub(/\\357\\273\\277|\\363\\240[\\200-\\201][\\200-\\277]/, "?", text)
            return text
        }
        function name(text) {
            if (text != "" && text !~ /\\\\/ && text == plain(text)) { at[text] = NR * 1000 + ++within }
        }
        function string(from) { return match(from, /^"([^"\\\\]|\\\\.)*"/) ? substr(from, 2, RLENGTH - 2) : "" }
        {
            sub(/^\\t/, "")
            if (index($0, start) != 1) next
            rest = substr($0, length(start) + 1)
            id = substr(rest, 1, index(rest, "\\"") - 1)
            if (id !~ /^[a-z0-9]+$/ || length(id) < 10 || length(id) > 16) next
            within = 0
            kind = string(substr(rest, length(id) + 10))
            if (mode == "ids") {
                if (kind == "forgotten") { delete at[id]; next }
                if (kind != "intent") next
                at[id] = NR
                place = index(rest, "\\"prompt\\":")
                text = plain(string(substr(rest, place + 9, 400)))
                if (length(text) > 60) {
                    text = substr(text, 1, 57)
                    sub(/[\\300-\\377][\\200-\\277]*$/, "", text)
                    text = text "..."
                }
                told[id] = text
            } else if (mode == "batches") {
                if ((place = index(rest, ",\\"batch\\":\\""))) name(string(substr(rest, place + 9)))
            } else if ((place = index(rest, ",\\"tags\\":["))) {
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
                print (mode == "ids" ? last "\\t" told[last] : last)
                delete at[last]
            }
        }
    ' 2>/dev/null
end

# What was typed before the word at the cursor: the command's words on one line, then its arguments, each on its own.
function __seedream_typed
    set -l words (commandline -opc)
    set -l groups history auth config
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
            contains -- $word --balance --batch --concurrency --count --dir --faults --format --grep --jobs --latency --limit --max-cost --max-wait --model --name --negative --no --output --port --prompt --rating --seed --seeds --shard --sheet --since --size --status --sub --tag --timeout --ttl --until -d -j -m -n -o -s; and set skip 1
            contains -- $word --version -q --quiet -v --verbose -h --help; or switch "$path"
                case history
                    set path 'history list'
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
    __seedream_files png jpg jpeg webp
end

function __seedream_sizes
    set -l words (commandline -opc)
    set -l model $SEEDREAM_MODEL
    test "$argv[1]" = final; and set model seedream-v4.5
    for place in (seq (count $words))
        switch $words[$place]
            case -m --model
                test $place -lt (count $words); and set model $words[(math $place + 1)]
            case '--model=*' '-m?*'
                set model (string replace -r '^(--model=|-m)' '' -- $words[$place])
        end
    end
    switch "$model"
        case seedream-v5lite
            printf '%s\n' 1024x1024 1024x1536 1536x1024 square portrait landscape
        case seedream-v4
            printf '%s\n' 1024x1024 1024x1536 1536x1024 square portrait landscape
        case seedream-v4.5
            printf '%s\n' 2048x2048 1024x1024 1024x2048 2048x1024 square portrait landscape
        case '*'
            printf '%s\n' 1024x1024 1024x1536 1536x1024 2048x2048 1024x2048 2048x1024 square portrait landscape
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
        case model
            printf '%s\n' seedream-v5lite seedream-v4 seedream-v4.5
        case size
            printf '%s\n' 1024x1024 1024x1536 1536x1024 2048x2048 1024x2048 2048x1024 square portrait landscape
        case embed
            printf '%s\n' true false
        case preview
            printf '%s\n' true false
    end
end

complete -c seedream -f
complete -c seedream -n '__seedream_at \'\'' -a gen -d 'Draw drafts of a prompt, each with a seed of its own.'
complete -c seedream -n '__seedream_at \'\'' -a batch -d 'Draw a file of prompts; run it again and it goes on.'
complete -c seedream -n '__seedream_at \'\'' -a history -d 'Find what was drawn, see what made it, and draw it again.'
complete -c seedream -n '__seedream_at \'\'' -a gallery -d 'Look at drafts on a page: compare, rate, pick, by the keyboard.'
complete -c seedream -n '__seedream_at \'\'' -a watch -d 'Draw a prompt file again with the same seeds whenever it is saved.'
complete -c seedream -n '__seedream_at \'\'' -a models -d 'List the models: sizes, limits, price and the price\'s date.'
complete -c seedream -n '__seedream_at \'\'' -a auth -d 'Store the API key, see where it comes from, remove it.'
complete -c seedream -n '__seedream_at \'\'' -a config -d 'List and change what is configured.'
complete -c seedream -n '__seedream_at \'\'' -a doctor -d 'Look for what is wrong here, with the command that mends it.'
complete -c seedream -n '__seedream_at \'\'' -a sandbox -d 'Serve the images API on this machine: no key, no bill.'
complete -c seedream -n '__seedream_at \'\'' -l version -d 'Show the version and exit.'
complete -c seedream -n '__seedream_at \'\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at gen' -s n -l count -x -d 'Drafts to draw.'
complete -c seedream -n '__seedream_at gen' -s s -l size -x -k -a '(__seedream_sizes any)'
complete -c seedream -n '__seedream_at gen' -s s -l size -x -d 'WxH, square, portrait or landscape.'
complete -c seedream -n '__seedream_at gen' -l seed -x -d 'Seed of the first draft; each further one takes the next. Default: random.'
complete -c seedream -n '__seedream_at gen' -l negative -l no -x -d 'What to keep out of the picture.'
complete -c seedream -n '__seedream_at gen' -s m -l model -x -k -a 'seedream-v5lite seedream-v4 seedream-v4.5'
complete -c seedream -n '__seedream_at gen' -s m -l model -x -d 'See `seedream models`. Default: seedream-v5lite'
complete -c seedream -n '__seedream_at gen' -l force -d 'Pass on a model or size that the catalogue does not know.'
complete -c seedream -n '__seedream_at gen' -l dry-run -d 'Show the plan and its cost; send and write nothing.'
complete -c seedream -n '__seedream_at gen' -l max-cost -x -d 'Refuse a plan that costs more.'
complete -c seedream -n '__seedream_at gen' -s y -l yes -d 'Draw more than 20 drafts without asking.'
complete -c seedream -n '__seedream_at gen' -l reuse -d 'Give back what was drawn already instead of paying again.'
complete -c seedream -n '__seedream_at gen' -l sandbox -d 'Draw stand-in pictures on this machine, without key or cost.'
complete -c seedream -n '__seedream_at gen' -s o -l output -r -F
complete -c seedream -n '__seedream_at gen' -s o -l output -r -d 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'
complete -c seedream -n '__seedream_at gen' -s d -l dir -x -a '(__fish_complete_directories (commandline -ct))'
complete -c seedream -n '__seedream_at gen' -s d -l dir -x -d 'Folder for pictures. Default: drafts/'
complete -c seedream -n '__seedream_at gen' -l tag -x -k -a '(__seedream_recent tags)'
complete -c seedream -n '__seedream_at gen' -l tag -x -d 'Tag the drafts; may be repeated.'
complete -c seedream -n '__seedream_at gen' -l embed -l no-embed -d 'Write prompt and seed into the picture.'
complete -c seedream -n '__seedream_at gen' -s j -l jobs -x -d 'Requests in flight at once.'
complete -c seedream -n '__seedream_at gen' -l one-request -d 'Ask for up to 4 pictures a request, which then share a seed.'
complete -c seedream -n '__seedream_at gen' -l timeout -x -d 'Seconds for one request, and for one attempt at a download.'
complete -c seedream -n '__seedream_at gen' -l max-wait -x -d 'Seconds that rate limits may cost.'
complete -c seedream -n '__seedream_at gen' -l preview -l no-preview -d 'Show thumbnails on the terminal.'
complete -c seedream -n '__seedream_at gen' -l open -d 'Open the pictures in the system\'s viewer.'
complete -c seedream -n '__seedream_at gen' -l json -d 'Print one JSON object a draft.'
complete -c seedream -n '__seedream_at gen' -s 0 -l print0 -d 'End paths with NUL instead of a line feed.'
complete -c seedream -n '__seedream_at gen' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at gen' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at gen' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 gen' -a '(__seedream_prompt)'
complete -c seedream -n '__seedream_at batch' -l format -x -k -a 'txt jsonl json csv tsv a1111'
complete -c seedream -n '__seedream_at batch' -l format -x -d 'txt, jsonl, json, csv, tsv or a1111. Default: by the suffix.'
complete -c seedream -n '__seedream_at batch' -l expand -d 'Prompts are templates: {red|blue}, {2$$a|b|c}, {column}, __wildcard__.'
complete -c seedream -n '__seedream_at batch' -l seeds -x -d 'The same seeds for every row, such as 1,2,5-8.'
complete -c seedream -n '__seedream_at batch' -l name -x -d 'Name of the batch. Default: the file\'s name.'
complete -c seedream -n '__seedream_at batch' -l shard -x -d 'Draw only part K of N, the same part everywhere.'
complete -c seedream -n '__seedream_at batch' -l fresh -d 'Draw everything again, whatever is there.'
complete -c seedream -n '__seedream_at batch' -l retry-unknown -d 'Draw again what was perhaps billed and never came.'
complete -c seedream -n '__seedream_at batch' -l retry-blocked -d 'Ask again for what the safety filter blocked.'
complete -c seedream -n '__seedream_at batch' -l retry-missing -d 'Draw again what was saved and is lost, or expired.'
complete -c seedream -n '__seedream_at batch' -l fail-fast -d 'Begin nothing new after the first draft that failed.'
complete -c seedream -n '__seedream_at batch' -s n -l count -x -d 'Drafts to draw.'
complete -c seedream -n '__seedream_at batch' -s s -l size -x -k -a '(__seedream_sizes any)'
complete -c seedream -n '__seedream_at batch' -s s -l size -x -d 'WxH, square, portrait or landscape.'
complete -c seedream -n '__seedream_at batch' -l seed -x -d 'Seed of the first draft; each further one takes the next. Default: random.'
complete -c seedream -n '__seedream_at batch' -l negative -l no -x -d 'What to keep out of the picture.'
complete -c seedream -n '__seedream_at batch' -s m -l model -x -k -a 'seedream-v5lite seedream-v4 seedream-v4.5'
complete -c seedream -n '__seedream_at batch' -s m -l model -x -d 'See `seedream models`. Default: seedream-v5lite'
complete -c seedream -n '__seedream_at batch' -l force -d 'Pass on a model or size that the catalogue does not know.'
complete -c seedream -n '__seedream_at batch' -l dry-run -d 'Show the plan and its cost; send and write nothing.'
complete -c seedream -n '__seedream_at batch' -l max-cost -x -d 'Refuse a plan that costs more.'
complete -c seedream -n '__seedream_at batch' -s y -l yes -d 'Draw more than 20 drafts without asking.'
complete -c seedream -n '__seedream_at batch' -l reuse -d 'Give back what was drawn already instead of paying again.'
complete -c seedream -n '__seedream_at batch' -l sandbox -d 'Draw stand-in pictures on this machine, without key or cost.'
complete -c seedream -n '__seedream_at batch' -s o -l output -r -F
complete -c seedream -n '__seedream_at batch' -s o -l output -r -d 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'
complete -c seedream -n '__seedream_at batch' -s d -l dir -x -a '(__fish_complete_directories (commandline -ct))'
complete -c seedream -n '__seedream_at batch' -s d -l dir -x -d 'Folder for pictures. Default: drafts/'
complete -c seedream -n '__seedream_at batch' -l tag -x -k -a '(__seedream_recent tags)'
complete -c seedream -n '__seedream_at batch' -l tag -x -d 'Tag the drafts; may be repeated.'
complete -c seedream -n '__seedream_at batch' -l embed -l no-embed -d 'Write prompt and seed into the picture.'
complete -c seedream -n '__seedream_at batch' -s j -l jobs -x -d 'Requests in flight at once.'
complete -c seedream -n '__seedream_at batch' -l one-request -d 'Ask for up to 4 pictures a request, which then share a seed.'
complete -c seedream -n '__seedream_at batch' -l timeout -x -d 'Seconds for one request, and for one attempt at a download.'
complete -c seedream -n '__seedream_at batch' -l max-wait -x -d 'Seconds that rate limits may cost.'
complete -c seedream -n '__seedream_at batch' -l preview -l no-preview -d 'Show thumbnails on the terminal.'
complete -c seedream -n '__seedream_at batch' -l open -d 'Open the pictures in the system\'s viewer.'
complete -c seedream -n '__seedream_at batch' -l json -d 'Print one JSON object a draft.'
complete -c seedream -n '__seedream_at batch' -s 0 -l print0 -d 'End paths with NUL instead of a line feed.'
complete -c seedream -n '__seedream_at batch' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at batch' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at batch' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 batch' -a '(__seedream_files txt jsonl json csv tsv)'
complete -c seedream -n '__seedream_at history' -a list -d 'List drafts, the newest last; filters combine.'
complete -c seedream -n '__seedream_at history' -a show -d 'Show everything that is known of one draft.'
complete -c seedream -n '__seedream_at history' -a path -d 'Print where the history lies.'
complete -c seedream -n '__seedream_at history' -a open -d 'Open a draft\'s picture in the system\'s viewer.'
complete -c seedream -n '__seedream_at history' -a rerun -d 'Draw drafts again, as they were but for what is given.'
complete -c seedream -n '__seedream_at history' -a final -d 'Draw picks again on a model for finals, with the same seed.'
complete -c seedream -n '__seedream_at history' -a pull -d 'Fetch what was paid for and is not saved yet, free.'
complete -c seedream -n '__seedream_at history' -a rate -d 'Rate a draft.'
complete -c seedream -n '__seedream_at history' -a tag -d 'Tag a draft.'
complete -c seedream -n '__seedream_at history' -a note -d 'Note something about a draft, in place of an earlier note.'
complete -c seedream -n '__seedream_at history' -a diff -d 'Show what differs between two drafts, word by word.'
complete -c seedream -n '__seedream_at history' -a tree -d 'Show a draft\'s family: what was made from what.'
complete -c seedream -n '__seedream_at history' -a stats -d 'Count drafts and estimate what they cost.'
complete -c seedream -n '__seedream_at history' -a export -d 'Print all drafts, the newest first, without any URL.'
complete -c seedream -n '__seedream_at history' -a import -d 'Take in other histories, or pictures by their metadata.'
complete -c seedream -n '__seedream_at history' -a verify -d 'Hold the history against the disk; nothing is written.'
complete -c seedream -n '__seedream_at history' -a repair -d 'Take damaged lines out of the history, keeping a copy.'
complete -c seedream -n '__seedream_at history' -a forget -d 'Take drafts out of the history for good.'
complete -c seedream -n '__seedream_at history' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at history' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at history' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at history' -s n -l limit -x -d 'The newest N; 0 for all.'
complete -c seedream -n '__seedream_at history' -l all -d 'All of them.'
complete -c seedream -n '__seedream_at history' -l grep -x -d 'With this in prompt, negative or revised prompt, or note.'
complete -c seedream -n '__seedream_at history' -l since -x -k -a 'today yesterday 1h 3d 1w'
complete -c seedream -n '__seedream_at history' -l since -x -d 'today, 3d, 2026-11-01 and so on.'
complete -c seedream -n '__seedream_at history' -l until -x -k -a 'today yesterday 1h 3d 1w'
complete -c seedream -n '__seedream_at history' -l until -x -d 'Likewise, the day included.'
complete -c seedream -n '__seedream_at history' -s m -l model -x -k -a 'seedream-v5lite seedream-v4 seedream-v4.5'
complete -c seedream -n '__seedream_at history' -s m -l model -x -d 'Of this model.'
complete -c seedream -n '__seedream_at history' -s s -l size -x -k -a '1024x1024 1024x1536 1536x1024 2048x2048 1024x2048 2048x1024 square portrait landscape'
complete -c seedream -n '__seedream_at history' -s s -l size -x -d 'Of this size, or square, portrait or landscape.'
complete -c seedream -n '__seedream_at history' -l seed -x -d 'With this seed.'
complete -c seedream -n '__seedream_at history' -l tag -x -k -a '(__seedream_recent tags)'
complete -c seedream -n '__seedream_at history' -l tag -x -d 'With this tag; repeated, with all of them.'
complete -c seedream -n '__seedream_at history' -l rating -x -k -a '0 1 2 3 4 5 1+ 2+ 3+ 4+'
complete -c seedream -n '__seedream_at history' -l rating -x -d 'Rated so; 4+ for at least 4.'
complete -c seedream -n '__seedream_at history' -l status -x -k -a 'saved pending expired unknown blocked failed'
complete -c seedream -n '__seedream_at history' -l status -x -d 'saved, pending, expired, unknown, blocked, failed; repeated, any of them.'
complete -c seedream -n '__seedream_at history' -l batch -x -k -a '(__seedream_recent batches)'
complete -c seedream -n '__seedream_at history' -l batch -x -d 'Of this batch.'
complete -c seedream -n '__seedream_at history' -l json -d 'Print one JSON object a draft.'
complete -c seedream -n '__seedream_at \'history list\'' -s n -l limit -x -d 'The newest N; 0 for all.'
complete -c seedream -n '__seedream_at \'history list\'' -l all -d 'All of them.'
complete -c seedream -n '__seedream_at \'history list\'' -l grep -x -d 'With this in prompt, negative or revised prompt, or note.'
complete -c seedream -n '__seedream_at \'history list\'' -l since -x -k -a 'today yesterday 1h 3d 1w'
complete -c seedream -n '__seedream_at \'history list\'' -l since -x -d 'today, 3d, 2026-11-01 and so on.'
complete -c seedream -n '__seedream_at \'history list\'' -l until -x -k -a 'today yesterday 1h 3d 1w'
complete -c seedream -n '__seedream_at \'history list\'' -l until -x -d 'Likewise, the day included.'
complete -c seedream -n '__seedream_at \'history list\'' -s m -l model -x -k -a 'seedream-v5lite seedream-v4 seedream-v4.5'
complete -c seedream -n '__seedream_at \'history list\'' -s m -l model -x -d 'Of this model.'
complete -c seedream -n '__seedream_at \'history list\'' -s s -l size -x -k -a '1024x1024 1024x1536 1536x1024 2048x2048 1024x2048 2048x1024 square portrait landscape'
complete -c seedream -n '__seedream_at \'history list\'' -s s -l size -x -d 'Of this size, or square, portrait or landscape.'
complete -c seedream -n '__seedream_at \'history list\'' -l seed -x -d 'With this seed.'
complete -c seedream -n '__seedream_at \'history list\'' -l tag -x -k -a '(__seedream_recent tags)'
complete -c seedream -n '__seedream_at \'history list\'' -l tag -x -d 'With this tag; repeated, with all of them.'
complete -c seedream -n '__seedream_at \'history list\'' -l rating -x -k -a '0 1 2 3 4 5 1+ 2+ 3+ 4+'
complete -c seedream -n '__seedream_at \'history list\'' -l rating -x -d 'Rated so; 4+ for at least 4.'
complete -c seedream -n '__seedream_at \'history list\'' -l status -x -k -a 'saved pending expired unknown blocked failed'
complete -c seedream -n '__seedream_at \'history list\'' -l status -x -d 'saved, pending, expired, unknown, blocked, failed; repeated, any of them.'
complete -c seedream -n '__seedream_at \'history list\'' -l batch -x -k -a '(__seedream_recent batches)'
complete -c seedream -n '__seedream_at \'history list\'' -l batch -x -d 'Of this batch.'
complete -c seedream -n '__seedream_at \'history list\'' -l json -d 'Print one JSON object a draft.'
complete -c seedream -n '__seedream_at \'history list\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history list\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history list\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'history show\'' -l preview -l no-preview -d 'Show a thumbnail on the terminal.'
complete -c seedream -n '__seedream_at \'history show\'' -l json -d 'Print one JSON object.'
complete -c seedream -n '__seedream_at \'history show\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history show\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history show\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 \'history show\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_at \'history path\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history path\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history path\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'history open\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history open\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history open\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 \'history open\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_at \'history rerun\'' -l prompt -x -a '(__seedream_prompt)'
complete -c seedream -n '__seedream_at \'history rerun\'' -l prompt -x -d 'Another prompt; - for stdin, @FILE for a file.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l sub -x -d 'Replace text in the prompt; it must be there. May be repeated.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s n -l count -x -d 'Drafts of each; new seeds without --seed.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s s -l size -x -k -a '(__seedream_sizes any)'
complete -c seedream -n '__seedream_at \'history rerun\'' -s s -l size -x -d 'WxH, square, portrait or landscape.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l seed -x -k -a 'new +1'
complete -c seedream -n '__seedream_at \'history rerun\'' -l seed -x -d 'Another seed; +1 is the next, new a random one.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l negative -l no -x -d 'Another negative prompt; empty for none.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s m -l model -x -k -a 'seedream-v5lite seedream-v4 seedream-v4.5'
complete -c seedream -n '__seedream_at \'history rerun\'' -s m -l model -x -d 'Another model: see `seedream models`.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l force -d 'Pass on a model or size that the catalogue does not know.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l dry-run -d 'Show the plan and its cost; send and write nothing.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l max-cost -x -d 'Refuse a plan that costs more.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s y -l yes -d 'Draw more than 20 drafts without asking.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l reuse -d 'Give back what was drawn already instead of paying again.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l sandbox -d 'Draw stand-in pictures on this machine, without key or cost.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s o -l output -r -F
complete -c seedream -n '__seedream_at \'history rerun\'' -s o -l output -r -d 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s d -l dir -x -a '(__fish_complete_directories (commandline -ct))'
complete -c seedream -n '__seedream_at \'history rerun\'' -s d -l dir -x -d 'Folder for pictures. Default: drafts/'
complete -c seedream -n '__seedream_at \'history rerun\'' -l tag -x -k -a '(__seedream_recent tags)'
complete -c seedream -n '__seedream_at \'history rerun\'' -l tag -x -d 'Tag the drafts; may be repeated.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l embed -l no-embed -d 'Write prompt and seed into the picture.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s j -l jobs -x -d 'Requests in flight at once.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l one-request -d 'Ask for up to 4 pictures a request, which then share a seed.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l timeout -x -d 'Seconds for one request, and for one attempt at a download.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l max-wait -x -d 'Seconds that rate limits may cost.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l preview -l no-preview -d 'Show thumbnails on the terminal.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l open -d 'Open the pictures in the system\'s viewer.'
complete -c seedream -n '__seedream_at \'history rerun\'' -l json -d 'Print one JSON object a draft.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s 0 -l print0 -d 'End paths with NUL instead of a line feed.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history rerun\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1+ \'history rerun\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_at \'history final\'' -l prompt -x -a '(__seedream_prompt)'
complete -c seedream -n '__seedream_at \'history final\'' -l prompt -x -d 'Another prompt; - for stdin, @FILE for a file.'
complete -c seedream -n '__seedream_at \'history final\'' -l sub -x -d 'Replace text in the prompt; it must be there. May be repeated.'
complete -c seedream -n '__seedream_at \'history final\'' -s n -l count -x -d 'Drafts of each; new seeds without --seed.'
complete -c seedream -n '__seedream_at \'history final\'' -s s -l size -x -k -a '(__seedream_sizes final)'
complete -c seedream -n '__seedream_at \'history final\'' -s s -l size -x -d 'WxH, square, portrait or landscape.'
complete -c seedream -n '__seedream_at \'history final\'' -l seed -x -k -a 'new +1'
complete -c seedream -n '__seedream_at \'history final\'' -l seed -x -d 'Another seed; +1 is the next, new a random one.'
complete -c seedream -n '__seedream_at \'history final\'' -l negative -l no -x -d 'Another negative prompt; empty for none.'
complete -c seedream -n '__seedream_at \'history final\'' -s m -l model -x -k -a 'seedream-v5lite seedream-v4 seedream-v4.5'
complete -c seedream -n '__seedream_at \'history final\'' -s m -l model -x -d 'Another model: see `seedream models`.'
complete -c seedream -n '__seedream_at \'history final\'' -l force -d 'Pass on a model or size that the catalogue does not know.'
complete -c seedream -n '__seedream_at \'history final\'' -l dry-run -d 'Show the plan and its cost; send and write nothing.'
complete -c seedream -n '__seedream_at \'history final\'' -l max-cost -x -d 'Refuse a plan that costs more.'
complete -c seedream -n '__seedream_at \'history final\'' -s y -l yes -d 'Draw more than 20 drafts without asking.'
complete -c seedream -n '__seedream_at \'history final\'' -l reuse -d 'Give back what was drawn already instead of paying again.'
complete -c seedream -n '__seedream_at \'history final\'' -l sandbox -d 'Draw stand-in pictures on this machine, without key or cost.'
complete -c seedream -n '__seedream_at \'history final\'' -s o -l output -r -F
complete -c seedream -n '__seedream_at \'history final\'' -s o -l output -r -d 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'
complete -c seedream -n '__seedream_at \'history final\'' -s d -l dir -x -a '(__fish_complete_directories (commandline -ct))'
complete -c seedream -n '__seedream_at \'history final\'' -s d -l dir -x -d 'Folder for pictures. Default: drafts/'
complete -c seedream -n '__seedream_at \'history final\'' -l tag -x -k -a '(__seedream_recent tags)'
complete -c seedream -n '__seedream_at \'history final\'' -l tag -x -d 'Tag the drafts; may be repeated.'
complete -c seedream -n '__seedream_at \'history final\'' -l embed -l no-embed -d 'Write prompt and seed into the picture.'
complete -c seedream -n '__seedream_at \'history final\'' -s j -l jobs -x -d 'Requests in flight at once.'
complete -c seedream -n '__seedream_at \'history final\'' -l one-request -d 'Ask for up to 4 pictures a request, which then share a seed.'
complete -c seedream -n '__seedream_at \'history final\'' -l timeout -x -d 'Seconds for one request, and for one attempt at a download.'
complete -c seedream -n '__seedream_at \'history final\'' -l max-wait -x -d 'Seconds that rate limits may cost.'
complete -c seedream -n '__seedream_at \'history final\'' -l preview -l no-preview -d 'Show thumbnails on the terminal.'
complete -c seedream -n '__seedream_at \'history final\'' -l open -d 'Open the pictures in the system\'s viewer.'
complete -c seedream -n '__seedream_at \'history final\'' -l json -d 'Print one JSON object a draft.'
complete -c seedream -n '__seedream_at \'history final\'' -s 0 -l print0 -d 'End paths with NUL instead of a line feed.'
complete -c seedream -n '__seedream_at \'history final\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history final\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history final\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1+ \'history final\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_at \'history pull\'' -s j -l jobs -x -d 'Requests in flight at once.'
complete -c seedream -n '__seedream_at \'history pull\'' -l embed -l no-embed -d 'Write prompt and seed into the picture.'
complete -c seedream -n '__seedream_at \'history pull\'' -l timeout -x -d 'Seconds for one request, and for one attempt at a download.'
complete -c seedream -n '__seedream_at \'history pull\'' -l json -d 'Print one JSON object a draft.'
complete -c seedream -n '__seedream_at \'history pull\'' -s 0 -l print0 -d 'End paths with NUL instead of a line feed.'
complete -c seedream -n '__seedream_at \'history pull\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history pull\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history pull\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1+ \'history pull\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_at \'history rate\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history rate\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history rate\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 \'history rate\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_argument 2 \'history rate\'' -k -a '0 1 2 3 4 5'
complete -c seedream -n '__seedream_at \'history tag\'' -l remove -d 'Take these tags away instead.'
complete -c seedream -n '__seedream_at \'history tag\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history tag\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history tag\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 \'history tag\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_argument 2+ \'history tag\'' -k -a '(__seedream_recent tags)'
complete -c seedream -n '__seedream_at \'history note\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history note\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history note\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 \'history note\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_at \'history diff\'' -l json -d 'Print one JSON object.'
complete -c seedream -n '__seedream_at \'history diff\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history diff\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history diff\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 \'history diff\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_argument 2 \'history diff\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_at \'history tree\'' -l json -d 'Print one JSON object a draft, the oldest first.'
complete -c seedream -n '__seedream_at \'history tree\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history tree\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history tree\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 \'history tree\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_at \'history stats\'' -l json -d 'Print one JSON object.'
complete -c seedream -n '__seedream_at \'history stats\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history stats\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history stats\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'history export\'' -l json -d 'One JSON object a draft; the default.'
complete -c seedream -n '__seedream_at \'history export\'' -l csv -d 'A table; cells that a spreadsheet would run are defused.'
complete -c seedream -n '__seedream_at \'history export\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history export\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history export\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'history import\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history import\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history import\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1+ \'history import\'' -F
complete -c seedream -n '__seedream_at \'history verify\'' -l json -d 'Print one JSON object a finding.'
complete -c seedream -n '__seedream_at \'history verify\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history verify\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history verify\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'history repair\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history repair\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history repair\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'history forget\'' -l files -d 'Delete their pictures too.'
complete -c seedream -n '__seedream_at \'history forget\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'history forget\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'history forget\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1+ \'history forget\'' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_at gallery' -s n -l limit -x -d 'The newest N; 0 for all.'
complete -c seedream -n '__seedream_at gallery' -s o -l output -x -a '(__seedream_files html htm)'
complete -c seedream -n '__seedream_at gallery' -s o -l output -x -d 'Write the page there, and open nothing.'
complete -c seedream -n '__seedream_at gallery' -l sheet -x -a '(__seedream_files png)'
complete -c seedream -n '__seedream_at gallery' -l sheet -x -d 'One picture of them all, with captions: a PNG or a JPEG.'
complete -c seedream -n '__seedream_at gallery' -l serve -d 'Serve the page on this machine: what is done on it is recorded at once.'
complete -c seedream -n '__seedream_at gallery' -l port -x -d 'With --serve; 0: a free one.'
complete -c seedream -n '__seedream_at gallery' -l max-cost -x -d 'Refuse a plan that costs more.'
complete -c seedream -n '__seedream_at gallery' -l sandbox -d 'Draw stand-in pictures on this machine, without key or cost.'
complete -c seedream -n '__seedream_at gallery' -s d -l dir -x -a '(__fish_complete_directories (commandline -ct))'
complete -c seedream -n '__seedream_at gallery' -s d -l dir -x -d 'Folder for pictures. Default: drafts/'
complete -c seedream -n '__seedream_at gallery' -l embed -l no-embed -d 'Write prompt and seed into the picture.'
complete -c seedream -n '__seedream_at gallery' -s j -l jobs -x -d 'Requests in flight at once.'
complete -c seedream -n '__seedream_at gallery' -l timeout -x -d 'Seconds for one request, and for one attempt at a download.'
complete -c seedream -n '__seedream_at gallery' -l max-wait -x -d 'Seconds that rate limits may cost.'
complete -c seedream -n '__seedream_at gallery' -l all -d 'All of them.'
complete -c seedream -n '__seedream_at gallery' -l grep -x -d 'With this in prompt, negative or revised prompt, or note.'
complete -c seedream -n '__seedream_at gallery' -l since -x -k -a 'today yesterday 1h 3d 1w'
complete -c seedream -n '__seedream_at gallery' -l since -x -d 'today, 3d, 2026-11-01 and so on.'
complete -c seedream -n '__seedream_at gallery' -l until -x -k -a 'today yesterday 1h 3d 1w'
complete -c seedream -n '__seedream_at gallery' -l until -x -d 'Likewise, the day included.'
complete -c seedream -n '__seedream_at gallery' -s m -l model -x -k -a 'seedream-v5lite seedream-v4 seedream-v4.5'
complete -c seedream -n '__seedream_at gallery' -s m -l model -x -d 'Of this model.'
complete -c seedream -n '__seedream_at gallery' -s s -l size -x -k -a '1024x1024 1024x1536 1536x1024 2048x2048 1024x2048 2048x1024 square portrait landscape'
complete -c seedream -n '__seedream_at gallery' -s s -l size -x -d 'Of this size, or square, portrait or landscape.'
complete -c seedream -n '__seedream_at gallery' -l seed -x -d 'With this seed.'
complete -c seedream -n '__seedream_at gallery' -l tag -x -k -a '(__seedream_recent tags)'
complete -c seedream -n '__seedream_at gallery' -l tag -x -d 'With this tag; repeated, with all of them.'
complete -c seedream -n '__seedream_at gallery' -l rating -x -k -a '0 1 2 3 4 5 1+ 2+ 3+ 4+'
complete -c seedream -n '__seedream_at gallery' -l rating -x -d 'Rated so; 4+ for at least 4.'
complete -c seedream -n '__seedream_at gallery' -l status -x -k -a 'saved pending expired unknown blocked failed'
complete -c seedream -n '__seedream_at gallery' -l status -x -d 'saved, pending, expired, unknown, blocked, failed; repeated, any of them.'
complete -c seedream -n '__seedream_at gallery' -l batch -x -k -a '(__seedream_recent batches)'
complete -c seedream -n '__seedream_at gallery' -l batch -x -d 'Of this batch.'
complete -c seedream -n '__seedream_at gallery' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at gallery' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at gallery' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1+ gallery' -k -a '(__seedream_drafts)'
complete -c seedream -n '__seedream_at watch' -s n -l count -x -d 'Drafts to draw.'
complete -c seedream -n '__seedream_at watch' -s s -l size -x -k -a '(__seedream_sizes any)'
complete -c seedream -n '__seedream_at watch' -s s -l size -x -d 'WxH, square, portrait or landscape.'
complete -c seedream -n '__seedream_at watch' -l seed -x -d 'Seed of the first draft; each further one takes the next. Default: random.'
complete -c seedream -n '__seedream_at watch' -l negative -l no -x -d 'What to keep out of the picture.'
complete -c seedream -n '__seedream_at watch' -s m -l model -x -k -a 'seedream-v5lite seedream-v4 seedream-v4.5'
complete -c seedream -n '__seedream_at watch' -s m -l model -x -d 'See `seedream models`. Default: seedream-v5lite'
complete -c seedream -n '__seedream_at watch' -l force -d 'Pass on a model or size that the catalogue does not know.'
complete -c seedream -n '__seedream_at watch' -l dry-run -d 'Show the plan and its cost; send and write nothing.'
complete -c seedream -n '__seedream_at watch' -l max-cost -x -d 'Refuse a plan that costs more.'
complete -c seedream -n '__seedream_at watch' -s y -l yes -d 'Draw more than 20 drafts without asking.'
complete -c seedream -n '__seedream_at watch' -l reuse -d 'Give back what was drawn already instead of paying again.'
complete -c seedream -n '__seedream_at watch' -l sandbox -d 'Draw stand-in pictures on this machine, without key or cost.'
complete -c seedream -n '__seedream_at watch' -s o -l output -r -F
complete -c seedream -n '__seedream_at watch' -s o -l output -r -d 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'
complete -c seedream -n '__seedream_at watch' -s d -l dir -x -a '(__fish_complete_directories (commandline -ct))'
complete -c seedream -n '__seedream_at watch' -s d -l dir -x -d 'Folder for pictures. Default: drafts/'
complete -c seedream -n '__seedream_at watch' -l tag -x -k -a '(__seedream_recent tags)'
complete -c seedream -n '__seedream_at watch' -l tag -x -d 'Tag the drafts; may be repeated.'
complete -c seedream -n '__seedream_at watch' -l embed -l no-embed -d 'Write prompt and seed into the picture.'
complete -c seedream -n '__seedream_at watch' -s j -l jobs -x -d 'Requests in flight at once.'
complete -c seedream -n '__seedream_at watch' -l one-request -d 'Ask for up to 4 pictures a request, which then share a seed.'
complete -c seedream -n '__seedream_at watch' -l timeout -x -d 'Seconds for one request, and for one attempt at a download.'
complete -c seedream -n '__seedream_at watch' -l max-wait -x -d 'Seconds that rate limits may cost.'
complete -c seedream -n '__seedream_at watch' -l preview -l no-preview -d 'Show thumbnails on the terminal.'
complete -c seedream -n '__seedream_at watch' -l open -d 'Open the pictures in the system\'s viewer.'
complete -c seedream -n '__seedream_at watch' -l json -d 'Print one JSON object a draft.'
complete -c seedream -n '__seedream_at watch' -s 0 -l print0 -d 'End paths with NUL instead of a line feed.'
complete -c seedream -n '__seedream_at watch' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at watch' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at watch' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 watch' -F
complete -c seedream -n '__seedream_at models' -l live -d 'Ask the service which models this key has.'
complete -c seedream -n '__seedream_at models' -l json -d 'Print one JSON object a model.'
complete -c seedream -n '__seedream_at models' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at models' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at models' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at auth' -a login -d 'Store a key, typed unseen or from stdin.'
complete -c seedream -n '__seedream_at auth' -a status -d 'Say where the key comes from; --check asks for the balance.'
complete -c seedream -n '__seedream_at auth' -a logout -d 'Remove the stored key.'
complete -c seedream -n '__seedream_at auth' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at auth' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at auth' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'auth login\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'auth login\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'auth login\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'auth status\'' -l check -d 'Ask the service for models and balance: free.'
complete -c seedream -n '__seedream_at \'auth status\'' -l json -d 'Print one JSON object.'
complete -c seedream -n '__seedream_at \'auth status\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'auth status\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'auth status\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'auth logout\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'auth logout\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'auth logout\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at config' -a list -d 'List every setting: its value and where it comes from.'
complete -c seedream -n '__seedream_at config' -a get -d 'Print one setting\'s value.'
complete -c seedream -n '__seedream_at config' -a set -d 'Change a setting in the configuration file.'
complete -c seedream -n '__seedream_at config' -a unset -d 'Take a setting out of the configuration file.'
complete -c seedream -n '__seedream_at config' -a path -d 'Print where the configuration file lies.'
complete -c seedream -n '__seedream_at config' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at config' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at config' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'config list\'' -l json -d 'Print one JSON object a setting.'
complete -c seedream -n '__seedream_at \'config list\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'config list\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'config list\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at \'config get\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'config get\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'config get\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 \'config get\'' -k -a 'model size negative jobs max_cost timeout max_wait embed preview dir daily_cap max_in_flight download_hosts prices.seedream-v5lite prices.seedream-v4 prices.seedream-v4.5'
complete -c seedream -n '__seedream_at \'config set\'' -l force -d 'Take a model or size that the catalogue does not know.'
complete -c seedream -n '__seedream_at \'config set\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'config set\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'config set\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 \'config set\'' -k -a 'model size negative jobs max_cost timeout max_wait embed preview dir daily_cap max_in_flight download_hosts prices.seedream-v5lite prices.seedream-v4 prices.seedream-v4.5'
complete -c seedream -n '__seedream_argument 2 \'config set\'' -a '(__seedream_setting)'
complete -c seedream -n '__seedream_at \'config unset\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'config unset\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'config unset\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_argument 1 \'config unset\'' -k -a 'model size negative jobs max_cost timeout max_wait embed preview dir daily_cap max_in_flight download_hosts prices.seedream-v5lite prices.seedream-v4 prices.seedream-v4.5'
complete -c seedream -n '__seedream_at \'config path\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at \'config path\'' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at \'config path\'' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at doctor' -l seed-check -d 'Instead: draw one prompt twice with one seed and compare. Costs 2 drafts.'
complete -c seedream -n '__seedream_at doctor' -s m -l model -x -k -a 'seedream-v5lite seedream-v4 seedream-v4.5'
complete -c seedream -n '__seedream_at doctor' -s m -l model -x -d 'Model for --seed-check.'
complete -c seedream -n '__seedream_at doctor' -s y -l yes -d 'Draw for --seed-check without asking.'
complete -c seedream -n '__seedream_at doctor' -l sandbox -d 'Check the sandbox\'s seeds, without cost.'
complete -c seedream -n '__seedream_at doctor' -l json -d 'Print one JSON object a check.'
complete -c seedream -n '__seedream_at doctor' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at doctor' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at doctor' -s h -l help -d 'Show this message and exit.'
complete -c seedream -n '__seedream_at sandbox' -l port -x -d 'Port; 0 for a free one.'
complete -c seedream -n '__seedream_at sandbox' -l latency -x -d 'Seconds before each answer.'
complete -c seedream -n '__seedream_at sandbox' -l ttl -x -d 'Seconds for which picture URLs live.'
complete -c seedream -n '__seedream_at sandbox' -l balance -x -d 'What the account has. Default: unlimited.'
complete -c seedream -n '__seedream_at sandbox' -l concurrency -x -d 'Most requests in flight at once.'
complete -c seedream -n '__seedream_at sandbox' -l faults -x -d 'What goes wrong, in order: names like 503 or reset-billed*2, shares like 5%429, or @FILE.'
complete -c seedream -n '__seedream_at sandbox' -s q -l quiet -d 'Say nothing but errors.'
complete -c seedream -n '__seedream_at sandbox' -s v -l verbose -d 'Say more: quota, waits, requests.'
complete -c seedream -n '__seedream_at sandbox' -s h -l help -d 'Show this message and exit.'
