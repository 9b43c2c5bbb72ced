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
