# Completion of seedream for PowerShell 5.1 and later. Made by `python -m generators`: change that, not this.
# To use it, put this line into the file that $PROFILE names:  . /path/to/seedream.ps1

Register-ArgumentCompleter -Native -CommandName seedream -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commands = @{
@@COMMANDS@@
    }
    $options = @{
@@OPTIONS@@
    }
    $arguments = @{
@@ARGUMENTS@@
    }
    $values = @{
@@VALUES@@
    }
    $valued = '@@VALUED@@' -split ' '
    $defaults = @{ @@DEFAULTS@@ }
    $models = @{
@@SIZES@@
    }
    $settings = @{
@@SETTINGS@@
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
        'models' { $candidates = '@@MODELS@@' -split ' ' }
        'sizes' {
            if ($path -eq 'history final' -and $model -eq $env:SEEDREAM_MODEL) { $model = '@@FINAL@@' }
            if (-not $model -or -not $models.ContainsKey($model)) { $model = '' }
            $candidates = $models[$model]
        }
        'drafts' { $candidates = @(Get-Recent drafts) + 'last', 'last~1', 'last~2' }
        'tags' { $candidates = @(Get-Recent tags) }
        'batches' { $candidates = @(Get-Recent batches) }
        'settings' { $candidates = '@@KEYS@@' -split ' ' }
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
