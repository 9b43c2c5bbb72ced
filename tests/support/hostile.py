"""Two hundred strings that try to run a script, break out of where they stand, or load something from elsewhere.

Each carries its number, and what it would run sets `window.pwned`.
"""

_RUN = "window.pwned=N"
_AWAY = "http://evil.example/N"

_PAYLOADS = [
    "<script>RUN</script>",
    "</script><script>RUN</script>",
    "<!--<script>RUN</script>-->",
    "--></script><script>RUN</script>",
    "]]><script>RUN</script>",
    "</textarea><script>RUN</script>",
    "</title></style></noscript><script>RUN</script>",
    "<img src=x onerror=RUN>",
    "<svg onload=RUN>",
    "<svg><script>RUN</script></svg>",
    "<svg><animate onbegin=RUN attributeName=x dur=1s>",
    "<body onload=RUN>",
    "<details open ontoggle=RUN>",
    "<input autofocus onfocus=RUN>",
    "<video><source onerror=RUN></video>",
    "<iframe srcdoc='<script>parent.RUN</script>'></iframe>",
    "<iframe src=AWAY></iframe>",
    '<iframe src="javascript:RUN"></iframe>',
    "<object data=AWAY></object>",
    "<embed src=AWAY>",
    "<link rel=stylesheet href=AWAY>",
    "<link rel=prefetch href=AWAY>",
    "<meta http-equiv=refresh content='0;url=AWAY'>",
    "<base href=AWAY/>",
    "<style>@import 'AWAY';*{background:url(AWAY)}</style>",
    "<img src=AWAY>",
    '<a href="javascript:RUN" autofocus>x</a>',
    "<form action=AWAY><button autofocus>x</button></form>",
    "<math><mtext><style><img src=x onerror=RUN></style></mtext></math>",
    "<template><script>RUN</script></template>",
    "javascript:RUN",
    "data:text/html,<script>RUN</script>",
    "AWAY.png",
    "url(AWAY)",
    "${RUN}",
    "{{constructor.constructor('RUN')()}}",
    "\\u003cscript\\u003eRUN\\u003c/script\\u003e",
    "\u2028RUN//\u2029",
    "$script $data ${policy} $$",
    "%3Cscript%3ERUN%3C/script%3E",
]
_WRAPPINGS = [
    "{}",
    "\"'>{}",
    '" onmouseover="RUN" x="{}',
    "`;RUN;//{}",
    "\u202e\ufeff\x00\x1b[31m{}\\",
]

STRINGS = [
    wrapping.replace("{}", payload).replace("RUN", _RUN).replace("AWAY", _AWAY).replace("N", str(number))
    for number, (wrapping, payload) in enumerate(
        (wrapping, payload) for wrapping in _WRAPPINGS for payload in _PAYLOADS
    )
]
