# Completion of seedream for PowerShell 5.1 and later. Made by `python -m generators`: change that, not this.
# To use it, put this line into the file that $PROFILE names:  . /path/to/seedream.ps1

Register-ArgumentCompleter -Native -CommandName seedream -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commands = @{
        '' = [ordered]@{ 'gen' = 'Draw drafts of a prompt, each with a seed of its own.'; 'batch' = 'Draw a file of prompts; run it again and it goes on.'; 'history' = 'Find what was drawn, see what made it, and draw it again.'; 'gallery' = 'Look at drafts on a page: compare, rate, pick, by the keyboard.'; 'watch' = 'Draw a prompt file again with the same seeds whenever it is saved.'; 'models' = 'List the models: sizes, limits, price and the price''s date.'; 'auth' = 'Store the API key, see where it comes from, remove it.'; 'config' = 'List and change what is configured.'; 'doctor' = 'Look for what is wrong here, with the command that mends it.'; 'sandbox' = 'Serve the images API on this machine: no key, no bill.' }
        'history' = [ordered]@{ 'list' = 'List drafts, the newest last; filters combine.'; 'show' = 'Show everything that is known of one draft.'; 'path' = 'Print where the history lies.'; 'open' = 'Open a draft''s picture in the system''s viewer.'; 'rerun' = 'Draw drafts again, as they were but for what is given.'; 'final' = 'Draw picks again on a model for finals, with the same seed.'; 'pull' = 'Fetch what was paid for and is not saved yet, free.'; 'rate' = 'Rate a draft.'; 'tag' = 'Tag a draft.'; 'note' = 'Note something about a draft, in place of an earlier note.'; 'diff' = 'Show what differs between two drafts, word by word.'; 'tree' = 'Show a draft''s family: what was made from what.'; 'stats' = 'Count drafts and estimate what they cost.'; 'export' = 'Print all drafts, the newest first, without any URL.'; 'import' = 'Take in other histories, or pictures by their metadata.'; 'verify' = 'Hold the history against the disk; nothing is written.'; 'repair' = 'Take damaged lines out of the history, keeping a copy.'; 'forget' = 'Take drafts out of the history for good.' }
        'auth' = [ordered]@{ 'login' = 'Store a key, typed unseen or from stdin.'; 'status' = 'Say where the key comes from; --check asks for the balance.'; 'logout' = 'Remove the stored key.' }
        'config' = [ordered]@{ 'list' = 'List every setting: its value and where it comes from.'; 'get' = 'Print one setting''s value.'; 'set' = 'Change a setting in the configuration file.'; 'unset' = 'Take a setting out of the configuration file.'; 'path' = 'Print where the configuration file lies.' }
    }
    $options = @{
        '' = [ordered]@{ '--version' = 'Show the version and exit.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'gen' = [ordered]@{ '-n' = 'Drafts to draw.'; '--count' = 'Drafts to draw.'; '-s' = 'WxH, square, portrait or landscape.'; '--size' = 'WxH, square, portrait or landscape.'; '--seed' = 'Seed of the first draft; each further one takes the next. Default: random.'; '--negative' = 'What to keep out of the picture.'; '--no' = 'What to keep out of the picture.'; '-m' = 'See `seedream models`. Default: seedream-v5lite'; '--model' = 'See `seedream models`. Default: seedream-v5lite'; '--force' = 'Pass on a model or size that the catalogue does not know.'; '--dry-run' = 'Show the plan and its cost; send and write nothing.'; '--max-cost' = 'Refuse a plan that costs more.'; '-y' = 'Draw more than 20 drafts without asking.'; '--yes' = 'Draw more than 20 drafts without asking.'; '--reuse' = 'Give back what was drawn already instead of paying again.'; '--sandbox' = 'Draw stand-in pictures on this machine, without key or cost.'; '-o' = 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'; '--output' = 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'; '-d' = 'Folder for pictures. Default: drafts/'; '--dir' = 'Folder for pictures. Default: drafts/'; '--tag' = 'Tag the drafts; may be repeated.'; '--embed' = 'Write prompt and seed into the picture.'; '--no-embed' = 'Write prompt and seed into the picture.'; '-j' = 'Requests in flight at once.'; '--jobs' = 'Requests in flight at once.'; '--one-request' = 'Ask for up to 4 pictures a request, which then share a seed.'; '--timeout' = 'Seconds for one request, and for one attempt at a download.'; '--max-wait' = 'Seconds that rate limits may cost.'; '--preview' = 'Show thumbnails on the terminal.'; '--no-preview' = 'Show thumbnails on the terminal.'; '--open' = 'Open the pictures in the system''s viewer.'; '--json' = 'Print one JSON object a draft.'; '-0' = 'End paths with NUL instead of a line feed.'; '--print0' = 'End paths with NUL instead of a line feed.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'batch' = [ordered]@{ '--format' = 'txt, jsonl, json, csv, tsv or a1111. Default: by the suffix.'; '--expand' = 'Prompts are templates: {red|blue}, {2$$a|b|c}, {column}, __wildcard__.'; '--seeds' = 'The same seeds for every row, such as 1,2,5-8.'; '--name' = 'Name of the batch. Default: the file''s name.'; '--shard' = 'Draw only part K of N, the same part everywhere.'; '--fresh' = 'Draw everything again, whatever is there.'; '--retry-unknown' = 'Draw again what was perhaps billed and never came.'; '--retry-blocked' = 'Ask again for what the safety filter blocked.'; '--retry-missing' = 'Draw again what was saved and is lost, or expired.'; '--fail-fast' = 'Begin nothing new after the first draft that failed.'; '-n' = 'Drafts to draw.'; '--count' = 'Drafts to draw.'; '-s' = 'WxH, square, portrait or landscape.'; '--size' = 'WxH, square, portrait or landscape.'; '--seed' = 'Seed of the first draft; each further one takes the next. Default: random.'; '--negative' = 'What to keep out of the picture.'; '--no' = 'What to keep out of the picture.'; '-m' = 'See `seedream models`. Default: seedream-v5lite'; '--model' = 'See `seedream models`. Default: seedream-v5lite'; '--force' = 'Pass on a model or size that the catalogue does not know.'; '--dry-run' = 'Show the plan and its cost; send and write nothing.'; '--max-cost' = 'Refuse a plan that costs more.'; '-y' = 'Draw more than 20 drafts without asking.'; '--yes' = 'Draw more than 20 drafts without asking.'; '--reuse' = 'Give back what was drawn already instead of paying again.'; '--sandbox' = 'Draw stand-in pictures on this machine, without key or cost.'; '-o' = 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'; '--output' = 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'; '-d' = 'Folder for pictures. Default: drafts/'; '--dir' = 'Folder for pictures. Default: drafts/'; '--tag' = 'Tag the drafts; may be repeated.'; '--embed' = 'Write prompt and seed into the picture.'; '--no-embed' = 'Write prompt and seed into the picture.'; '-j' = 'Requests in flight at once.'; '--jobs' = 'Requests in flight at once.'; '--one-request' = 'Ask for up to 4 pictures a request, which then share a seed.'; '--timeout' = 'Seconds for one request, and for one attempt at a download.'; '--max-wait' = 'Seconds that rate limits may cost.'; '--preview' = 'Show thumbnails on the terminal.'; '--no-preview' = 'Show thumbnails on the terminal.'; '--open' = 'Open the pictures in the system''s viewer.'; '--json' = 'Print one JSON object a draft.'; '-0' = 'End paths with NUL instead of a line feed.'; '--print0' = 'End paths with NUL instead of a line feed.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history list' = [ordered]@{ '-n' = 'The newest N; 0 for all.'; '--limit' = 'The newest N; 0 for all.'; '--all' = 'All of them.'; '--grep' = 'With this in prompt, negative or revised prompt, or note.'; '--since' = 'today, 3d, 2026-11-01 and so on.'; '--until' = 'Likewise, the day included.'; '-m' = 'Of this model.'; '--model' = 'Of this model.'; '-s' = 'Of this size, or square, portrait or landscape.'; '--size' = 'Of this size, or square, portrait or landscape.'; '--seed' = 'With this seed.'; '--tag' = 'With this tag; repeated, with all of them.'; '--rating' = 'Rated so; 4+ for at least 4.'; '--status' = 'saved, pending, expired, unknown, blocked, failed; repeated, any of them.'; '--batch' = 'Of this batch.'; '--json' = 'Print one JSON object a draft.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history show' = [ordered]@{ '--preview' = 'Show a thumbnail on the terminal.'; '--no-preview' = 'Show a thumbnail on the terminal.'; '--json' = 'Print one JSON object.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history path' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history open' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history rerun' = [ordered]@{ '--prompt' = 'Another prompt; - for stdin, @FILE for a file.'; '--sub' = 'Replace text in the prompt; it must be there. May be repeated.'; '-n' = 'Drafts of each; new seeds without --seed.'; '--count' = 'Drafts of each; new seeds without --seed.'; '-s' = 'WxH, square, portrait or landscape.'; '--size' = 'WxH, square, portrait or landscape.'; '--seed' = 'Another seed; +1 is the next, new a random one.'; '--negative' = 'Another negative prompt; empty for none.'; '--no' = 'Another negative prompt; empty for none.'; '-m' = 'Another model: see `seedream models`.'; '--model' = 'Another model: see `seedream models`.'; '--force' = 'Pass on a model or size that the catalogue does not know.'; '--dry-run' = 'Show the plan and its cost; send and write nothing.'; '--max-cost' = 'Refuse a plan that costs more.'; '-y' = 'Draw more than 20 drafts without asking.'; '--yes' = 'Draw more than 20 drafts without asking.'; '--reuse' = 'Give back what was drawn already instead of paying again.'; '--sandbox' = 'Draw stand-in pictures on this machine, without key or cost.'; '-o' = 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'; '--output' = 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'; '-d' = 'Folder for pictures. Default: drafts/'; '--dir' = 'Folder for pictures. Default: drafts/'; '--tag' = 'Tag the drafts; may be repeated.'; '--embed' = 'Write prompt and seed into the picture.'; '--no-embed' = 'Write prompt and seed into the picture.'; '-j' = 'Requests in flight at once.'; '--jobs' = 'Requests in flight at once.'; '--one-request' = 'Ask for up to 4 pictures a request, which then share a seed.'; '--timeout' = 'Seconds for one request, and for one attempt at a download.'; '--max-wait' = 'Seconds that rate limits may cost.'; '--preview' = 'Show thumbnails on the terminal.'; '--no-preview' = 'Show thumbnails on the terminal.'; '--open' = 'Open the pictures in the system''s viewer.'; '--json' = 'Print one JSON object a draft.'; '-0' = 'End paths with NUL instead of a line feed.'; '--print0' = 'End paths with NUL instead of a line feed.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history final' = [ordered]@{ '--prompt' = 'Another prompt; - for stdin, @FILE for a file.'; '--sub' = 'Replace text in the prompt; it must be there. May be repeated.'; '-n' = 'Drafts of each; new seeds without --seed.'; '--count' = 'Drafts of each; new seeds without --seed.'; '-s' = 'WxH, square, portrait or landscape.'; '--size' = 'WxH, square, portrait or landscape.'; '--seed' = 'Another seed; +1 is the next, new a random one.'; '--negative' = 'Another negative prompt; empty for none.'; '--no' = 'Another negative prompt; empty for none.'; '-m' = 'Another model: see `seedream models`.'; '--model' = 'Another model: see `seedream models`.'; '--force' = 'Pass on a model or size that the catalogue does not know.'; '--dry-run' = 'Show the plan and its cost; send and write nothing.'; '--max-cost' = 'Refuse a plan that costs more.'; '-y' = 'Draw more than 20 drafts without asking.'; '--yes' = 'Draw more than 20 drafts without asking.'; '--reuse' = 'Give back what was drawn already instead of paying again.'; '--sandbox' = 'Draw stand-in pictures on this machine, without key or cost.'; '-o' = 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'; '--output' = 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'; '-d' = 'Folder for pictures. Default: drafts/'; '--dir' = 'Folder for pictures. Default: drafts/'; '--tag' = 'Tag the drafts; may be repeated.'; '--embed' = 'Write prompt and seed into the picture.'; '--no-embed' = 'Write prompt and seed into the picture.'; '-j' = 'Requests in flight at once.'; '--jobs' = 'Requests in flight at once.'; '--one-request' = 'Ask for up to 4 pictures a request, which then share a seed.'; '--timeout' = 'Seconds for one request, and for one attempt at a download.'; '--max-wait' = 'Seconds that rate limits may cost.'; '--preview' = 'Show thumbnails on the terminal.'; '--no-preview' = 'Show thumbnails on the terminal.'; '--open' = 'Open the pictures in the system''s viewer.'; '--json' = 'Print one JSON object a draft.'; '-0' = 'End paths with NUL instead of a line feed.'; '--print0' = 'End paths with NUL instead of a line feed.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history pull' = [ordered]@{ '-j' = 'Requests in flight at once.'; '--jobs' = 'Requests in flight at once.'; '--embed' = 'Write prompt and seed into the picture.'; '--no-embed' = 'Write prompt and seed into the picture.'; '--timeout' = 'Seconds for one request, and for one attempt at a download.'; '--json' = 'Print one JSON object a draft.'; '-0' = 'End paths with NUL instead of a line feed.'; '--print0' = 'End paths with NUL instead of a line feed.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history rate' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history tag' = [ordered]@{ '--remove' = 'Take these tags away instead.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history note' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history diff' = [ordered]@{ '--json' = 'Print one JSON object.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history tree' = [ordered]@{ '--json' = 'Print one JSON object a draft, the oldest first.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history stats' = [ordered]@{ '--json' = 'Print one JSON object.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history export' = [ordered]@{ '--json' = 'One JSON object a draft; the default.'; '--csv' = 'A table; cells that a spreadsheet would run are defused.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history import' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history verify' = [ordered]@{ '--json' = 'Print one JSON object a finding.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history repair' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'history forget' = [ordered]@{ '--files' = 'Delete their pictures too.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'gallery' = [ordered]@{ '-n' = 'The newest N; 0 for all.'; '--limit' = 'The newest N; 0 for all.'; '-o' = 'Write the page there, and open nothing.'; '--output' = 'Write the page there, and open nothing.'; '--sheet' = 'One picture of them all, with captions: a PNG or a JPEG.'; '--serve' = 'Serve the page on this machine: what is done on it is recorded at once.'; '--port' = 'With --serve; 0: a free one.'; '--max-cost' = 'Refuse a plan that costs more.'; '--sandbox' = 'Draw stand-in pictures on this machine, without key or cost.'; '-d' = 'Folder for pictures. Default: drafts/'; '--dir' = 'Folder for pictures. Default: drafts/'; '--embed' = 'Write prompt and seed into the picture.'; '--no-embed' = 'Write prompt and seed into the picture.'; '-j' = 'Requests in flight at once.'; '--jobs' = 'Requests in flight at once.'; '--timeout' = 'Seconds for one request, and for one attempt at a download.'; '--max-wait' = 'Seconds that rate limits may cost.'; '--all' = 'All of them.'; '--grep' = 'With this in prompt, negative or revised prompt, or note.'; '--since' = 'today, 3d, 2026-11-01 and so on.'; '--until' = 'Likewise, the day included.'; '-m' = 'Of this model.'; '--model' = 'Of this model.'; '-s' = 'Of this size, or square, portrait or landscape.'; '--size' = 'Of this size, or square, portrait or landscape.'; '--seed' = 'With this seed.'; '--tag' = 'With this tag; repeated, with all of them.'; '--rating' = 'Rated so; 4+ for at least 4.'; '--status' = 'saved, pending, expired, unknown, blocked, failed; repeated, any of them.'; '--batch' = 'Of this batch.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'watch' = [ordered]@{ '-n' = 'Drafts to draw.'; '--count' = 'Drafts to draw.'; '-s' = 'WxH, square, portrait or landscape.'; '--size' = 'WxH, square, portrait or landscape.'; '--seed' = 'Seed of the first draft; each further one takes the next. Default: random.'; '--negative' = 'What to keep out of the picture.'; '--no' = 'What to keep out of the picture.'; '-m' = 'See `seedream models`. Default: seedream-v5lite'; '--model' = 'See `seedream models`. Default: seedream-v5lite'; '--force' = 'Pass on a model or size that the catalogue does not know.'; '--dry-run' = 'Show the plan and its cost; send and write nothing.'; '--max-cost' = 'Refuse a plan that costs more.'; '-y' = 'Draw more than 20 drafts without asking.'; '--yes' = 'Draw more than 20 drafts without asking.'; '--reuse' = 'Give back what was drawn already instead of paying again.'; '--sandbox' = 'Draw stand-in pictures on this machine, without key or cost.'; '-o' = 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'; '--output' = 'A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.'; '-d' = 'Folder for pictures. Default: drafts/'; '--dir' = 'Folder for pictures. Default: drafts/'; '--tag' = 'Tag the drafts; may be repeated.'; '--embed' = 'Write prompt and seed into the picture.'; '--no-embed' = 'Write prompt and seed into the picture.'; '-j' = 'Requests in flight at once.'; '--jobs' = 'Requests in flight at once.'; '--one-request' = 'Ask for up to 4 pictures a request, which then share a seed.'; '--timeout' = 'Seconds for one request, and for one attempt at a download.'; '--max-wait' = 'Seconds that rate limits may cost.'; '--preview' = 'Show thumbnails on the terminal.'; '--no-preview' = 'Show thumbnails on the terminal.'; '--open' = 'Open the pictures in the system''s viewer.'; '--json' = 'Print one JSON object a draft.'; '-0' = 'End paths with NUL instead of a line feed.'; '--print0' = 'End paths with NUL instead of a line feed.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'models' = [ordered]@{ '--live' = 'Ask the service which models this key has.'; '--json' = 'Print one JSON object a model.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'auth' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'auth login' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'auth status' = [ordered]@{ '--check' = 'Ask the service for models and balance: free.'; '--json' = 'Print one JSON object.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'auth logout' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'config' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'config list' = [ordered]@{ '--json' = 'Print one JSON object a setting.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'config get' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'config set' = [ordered]@{ '--force' = 'Take a model or size that the catalogue does not know.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'config unset' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'config path' = [ordered]@{ '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'doctor' = [ordered]@{ '--seed-check' = 'Instead: draw one prompt twice with one seed and compare. Costs 2 drafts.'; '-m' = 'Model for --seed-check.'; '--model' = 'Model for --seed-check.'; '-y' = 'Draw for --seed-check without asking.'; '--yes' = 'Draw for --seed-check without asking.'; '--sandbox' = 'Check the sandbox''s seeds, without cost.'; '--json' = 'Print one JSON object a check.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
        'sandbox' = [ordered]@{ '--port' = 'Port; 0 for a free one.'; '--latency' = 'Seconds before each answer.'; '--ttl' = 'Seconds for which picture URLs live.'; '--balance' = 'What the account has. Default: unlimited.'; '--concurrency' = 'Most requests in flight at once.'; '--faults' = 'What goes wrong, in order: names like 503 or reset-billed*2, shares like 5%429, or @FILE.'; '-q' = 'Say nothing but errors.'; '--quiet' = 'Say nothing but errors.'; '-v' = 'Say more: quota, waits, requests.'; '--verbose' = 'Say more: quota, waits, requests.'; '-h' = 'Show this message and exit.'; '--help' = 'Show this message and exit.' }
    }
    $arguments = @{
        'gen' = @('prompt')
        'batch' = @('files:txt,jsonl,json,csv,tsv')
        'history show' = @('drafts')
        'history open' = @('drafts')
        'history rerun' = @('drafts*')
        'history final' = @('drafts*')
        'history pull' = @('drafts*')
        'history rate' = @('drafts', 'words:0,1,2,3,4,5')
        'history tag' = @('drafts', 'tags*')
        'history note' = @('drafts', 'nothing')
        'history diff' = @('drafts', 'drafts')
        'history tree' = @('drafts')
        'history import' = @('files*')
        'history forget' = @('drafts*')
        'gallery' = @('drafts*')
        'watch' = @('files')
        'config get' = @('settings')
        'config set' = @('settings', 'setting')
        'config unset' = @('settings')
    }
    $values = @{
        '--batch' = 'batches'
        '--dir' = 'folders'
        '--format' = 'words:txt,jsonl,json,csv,tsv,a1111'
        '--model' = 'models'
        '--output' = 'files'
        '--prompt' = 'prompt'
        '--rating' = 'words:0,1,2,3,4,5,1+,2+,3+,4+'
        '--sheet' = 'files:png'
        '--since' = 'words:today,yesterday,1h,3d,1w'
        '--size' = 'sizes'
        '--status' = 'words:saved,pending,expired,unknown,blocked,failed'
        '--tag' = 'tags'
        '--until' = 'words:today,yesterday,1h,3d,1w'
        '-d' = 'folders'
        '-m' = 'models'
        '-o' = 'files'
        '-s' = 'sizes'
        'history list -s' = 'words:1024x1024,1024x1536,1536x1024,2048x2048,1024x2048,2048x1024,square,portrait,landscape'
        'history list --size' = 'words:1024x1024,1024x1536,1536x1024,2048x2048,1024x2048,2048x1024,square,portrait,landscape'
        'history rerun --seed' = 'words:new,+1'
        'history final --seed' = 'words:new,+1'
        'gallery -o' = 'files:html,htm'
        'gallery --output' = 'files:html,htm'
        'gallery -s' = 'words:1024x1024,1024x1536,1536x1024,2048x2048,1024x2048,2048x1024,square,portrait,landscape'
        'gallery --size' = 'words:1024x1024,1024x1536,1536x1024,2048x2048,1024x2048,2048x1024,square,portrait,landscape'
    }
    $valued = '--balance --batch --concurrency --count --dir --faults --format --grep --jobs --latency --limit --max-cost --max-wait --model --name --negative --no --output --port --prompt --rating --seed --seeds --shard --sheet --since --size --status --sub --tag --timeout --ttl --until -d -j -m -n -o -s' -split ' '
    $defaults = @{ 'history' = 'history list' }
    $models = @{
        'seedream-v5lite' = @('1024x1024', '1024x1536', '1536x1024', 'square', 'portrait', 'landscape')
        'seedream-v4' = @('1024x1024', '1024x1536', '1536x1024', 'square', 'portrait', 'landscape')
        'seedream-v4.5' = @('2048x2048', '1024x1024', '1024x2048', '2048x1024', 'square', 'portrait', 'landscape')
        '' = @('1024x1024', '1024x1536', '1536x1024', '2048x2048', '1024x2048', '2048x1024', 'square', 'portrait', 'landscape')
    }
    $settings = @{
        'model' = @('seedream-v5lite', 'seedream-v4', 'seedream-v4.5')
        'size' = @('1024x1024', '1024x1536', '1536x1024', '2048x2048', '1024x2048', '2048x1024', 'square', 'portrait', 'landscape')
        'embed' = @('true', 'false')
        'preview' = @('true', 'false')
    }

    function Get-Recent([string] $mode) {
        $file = $env:SEEDREAM_HISTORY
        if (-not $file) {
            if ($env:OS -eq 'Windows_NT') {
                $file = Join-Path $env:LOCALAPPDATA 'seedream\history.jsonl'
            } elseif ($env:XDG_DATA_HOME) {
                $file = "$env:XDG_DATA_HOME/seedream/history.jsonl"
            } elseif ($IsMacOS) {
                $file = "$HOME/Library/Application Support/seedream/history.jsonl"
            } else {
                $file = "$HOME/.local/share/seedream/history.jsonl"
            }
        }
        if (-not (Test-Path -LiteralPath $file -PathType Leaf)) { return }
        $found = New-Object System.Collections.Generic.List[string]
        $gone = @{}
        $lines = @(Get-Content -LiteralPath $file -Tail 400 -Encoding UTF8 -ErrorAction SilentlyContinue)
        for ($i = $lines.Count - 1; $i -ge 0 -and $found.Count -lt 40; $i--) {
            $line = $lines[$i]
            if ($line -cnotmatch '^\t?\{"v":1,"id":"([a-z0-9]{10,16})","kind":"([a-z]+)"') { continue }
            $id = $Matches[1]
            $texts = @()
            if ($mode -eq 'drafts') {
                if ($Matches[2] -eq 'forgotten') { $gone[$id] = $true }
                if ($Matches[2] -eq 'intent' -and -not $gone[$id]) { $texts = @($id) }
            } elseif ($mode -eq 'tags' -and $line -cmatch ',"tags":\[((?:"(?:[^"\\]|\\.)*",?)*)\]') {
                $texts = @([regex]::Matches($Matches[1], '"((?:[^"\\]|\\.)*)"') | ForEach-Object { $_.Groups[1].Value })
            } elseif ($mode -eq 'batches' -and $line -cmatch ',"batch":"((?:[^"\\]|\\.)*)"') {
                $texts = @($Matches[1])
            }
            foreach ($text in $texts) {
                # Nothing that is escaped, controls a terminal, or turns text round.
                if ($text -and $text -notmatch '[\\\p{Cc}\p{Cf}\u2028\u2029]' -and -not $found.Contains($text)) { $found.Add($text) }
            }
        }
        $found
    }

    function Get-Quoted([string] $text) {
        if ($text -cmatch '^[A-Za-z0-9_.~+/@:-]+$' -and $text -notmatch '^@') { return $text }
        "'" + ($text -replace "(['\u2018\u2019\u201a\u201b])", '$1$1') + "'"
    }

    function Get-Files([string] $before, [string] $word, [string[]] $suffixes, [bool] $folders) {
        foreach ($found in [System.Management.Automation.CompletionCompleters]::CompleteFilename($word)) {
            $folder = $found.ResultType -eq 'ProviderContainer'
            $suffix = [System.IO.Path]::GetExtension($found.ListItemText).TrimStart('.')
            if ($folder -or (-not $folders -and (-not $suffixes -or $suffixes -contains $suffix))) {
                if ($before) {
                    $name = $found.CompletionText.Trim("'")
                    $found = New-Object System.Management.Automation.CompletionResult "'$before$name'", $found.ListItemText, $found.ResultType, $found.ToolTip
                }
                $found
            }
        }
    }

    # What was typed before the cursor.
    $path = ''; $place = 0; $option = ''; $model = $env:SEEDREAM_MODEL; $literal = $false; $first = ''
    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or ($_.Extent.EndOffset -eq $cursorPosition -and -not $wordToComplete) })
    foreach ($element in $before) {
        $word = $element.Extent.Text
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $word = $element.Value }
        if ($option) {
            if ('--model', '-m' -ccontains $option) { $model = $word }
            $option = ''
        } elseif (-not $literal -and $word -eq '--') {
            $literal = $true
        } elseif (-not $literal -and $word.StartsWith('-')) {
            if ($valued -ccontains $word) { $option = $word }
            if ($word -cmatch '^--model=(.*)$') { $model = $Matches[1] }
            if ($defaults.ContainsKey($path) -and -not (@($options[$path].Keys) -ccontains ($word -split '=')[0])) { $path = $defaults[$path] }
        } elseif ($commands.ContainsKey($path)) {
            $path = "$path $word".Trim()
        } else {
            $place++
            if ($place -eq 1) { $first = $word }
        }
    }

    $lead = ''
    $word = $wordToComplete.Trim("'", '"')
    if (-not $option -and -not $literal -and $word -cmatch '^(--[a-z0-9-]+)=(.*)$') {
        $option = $Matches[1]; $lead = "$option="; $word = $Matches[2]
        if ($defaults.ContainsKey($path) -and -not (@($options[$path].Keys) -ccontains $option)) { $path = $defaults[$path] }
    }
    $kind = 'nothing'
    $candidates = @()
    $said = @{}
    if ($option) {
        $kind = $values["$path $option"]
        if (-not $kind) { $kind = $values[$option] }
    } elseif (-not $literal -and $word.StartsWith('-')) {
        if ($defaults.ContainsKey($path)) { $path = $defaults[$path] }
        if ($options.ContainsKey($path)) { $said = $options[$path]; $candidates = $said.Keys }
    } elseif ($commands.ContainsKey($path)) {
        $said = $commands[$path]; $candidates = $said.Keys
    } elseif ($arguments.ContainsKey($path)) {
        $each = @($arguments[$path])
        if ($place -lt $each.Count) { $kind = $each[$place].TrimEnd('*') } elseif ($each[-1].EndsWith('*')) { $kind = $each[-1].TrimEnd('*') }
    }
    $name, $words = "$kind" -split ':', 2
    $words = @("$words" -split ',' | Where-Object { $_ })
    switch ($name) {
        'words' { $candidates = $words }
        'models' { $candidates = 'seedream-v5lite seedream-v4 seedream-v4.5' -split ' ' }
        'sizes' {
            if ($path -eq 'history final' -and $model -eq $env:SEEDREAM_MODEL) { $model = 'seedream-v4.5' }
            if (-not $model -or -not $models.ContainsKey($model)) { $model = '' }
            $candidates = $models[$model]
        }
        'drafts' { $candidates = @(Get-Recent drafts) + 'last', 'last~1', 'last~2' }
        'tags' { $candidates = @(Get-Recent tags) }
        'batches' { $candidates = @(Get-Recent batches) }
        'settings' { $candidates = 'model size negative jobs max_cost timeout max_wait embed preview dir daily_cap max_in_flight download_hosts prices.seedream-v5lite prices.seedream-v4 prices.seedream-v4.5' -split ' ' }
        'setting' { if ($settings.ContainsKey($first)) { $candidates = $settings[$first] } }
        'files' { return Get-Files $lead $word $words $false }
        'folders' { return Get-Files $lead $word @() $true }
        'prompt' { if ($word -match '^@(?!@)(.*)$') { return Get-Files "$lead@" $Matches[1] @() $false } }
    }
    foreach ($candidate in $candidates) {
        if ($candidate.StartsWith($word, [System.StringComparison]::Ordinal)) {
            $tip = if ($said[$candidate]) { $said[$candidate] } else { $candidate }
            New-Object System.Management.Automation.CompletionResult ($lead + (Get-Quoted $candidate)), $candidate, 'ParameterValue', $tip
        }
    }
}
