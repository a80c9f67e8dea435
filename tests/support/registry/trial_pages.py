"""One saved text as different pages, as different sites show the same labels and values.

Each function takes the text's lines, split by a list of its own (not the program's), and writes a page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

SECTIONS = (
    "Study Results|Basic Information|Brief Summary|Detailed Description|Conditions|Study Design|Study Groups|"
    "Interventions|Eligibility Criteria|Sponsors|Responsible Party|Locations|Countries|Other Identifiers|"
    "More Related Trials"
).split("|")
NEXT_LINE = (
    "Recruitment Status|Clinical Phase|Total Enrollment|Study Classification|Study Start Date|Study Completion Date|"
    "Allocation Method|Intervention Model|Primary Study Purpose|Blinding Strategy|Minimum Eligible Age|"
    "Maximum Eligible Age|Eligible Sex|Accepts Healthy Volunteers"
).split("|")
SAME_LINE = re.compile(
    r"(NCT ID:|Last Updated:|Group Type|Intervention Type|Sponsor Role|Responsibility Role|Site Status|"
    r"Identifier Type:|Identifier Source:)(?: (.*))?"
)
LISTS = ("Inclusion Criteria", "Exclusion Criteria")

# ("title" | "section" | "label" | "list" | "item" | "pair" | "text", text, value)
Part = tuple[str, str, str]


def parts_of(saved: str) -> list[Part]:
    lines = [line.strip() for line in saved.splitlines() if line.strip()]
    parts: list[Part] = [("title", lines.pop(0), "")]
    while lines:
        line = lines.pop(0)
        if line in SECTIONS:
            parts.append(("section", line, ""))
        elif line in NEXT_LINE:
            parts.append(("pair", line, lines.pop(0)))
        elif line in LISTS:
            parts.append(("list", line, ""))
        elif found := SAME_LINE.fullmatch(line):
            parts.append(("pair", found[1].rstrip(":"), found[2] or ""))
        elif line.startswith("* "):
            parts.append(("item", line[2:], ""))
        else:
            parts.append(("text", line, ""))
    return parts


def _page(body: Sequence[str], head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>A page</title>{head}</head><body>{''.join(body)}</body></html>"


def divs(saved: str) -> str:
    """Write many divs with meaningless classes, label and value in spans of one line, and scripts between them."""
    body = ["<div id=root><nav><a href=/>Home</a><a href=/search>Search</a></nav><main class=x1>"]
    for kind, text, value in parts_of(saved):
        word, other = html.escape(text), html.escape(value)
        match kind:
            case "title":
                body.append(f"<div class=a9><h1>{word}</h1></div>")
            case "section":
                body.append(f"</div><div class=c3><div class=t><svg><title>i</title></svg><span>{word}</span></div>")
            case "pair":
                body.append(f"<div class=k><span class=l>{word}</span><span class=v>{other}</span></div>")
            case "list":
                body.append(f"<div class=l2>{word}</div>")
            case "item":
                body.append(f"<div class=i>&bull; {word}</div>")
            case "text":
                body.append(f"<div class=p>{word}<script>track('<div>')</script></div>")
    return _page([*body, "</main><footer><p>© a company<p>Privacy</footer></div>"])


def tables(saved: str) -> str:
    """Write a table of contents, then sections with headings, definition lists, tables and lists, as in HTML books."""
    named = [part[1] for part in parts_of(saved) if part[0] == "section"]
    body = ["<header><ul>", *(f"<li><a href='#{name}'>{name}</a></li>" for name in named), "</ul></header><article>"]
    open_list = ""
    for kind, text, value in parts_of(saved):
        word, other = html.escape(text), html.escape(value)
        if open_list and kind != "item":
            body.append(open_list)
            open_list = ""
        if kind == "item" and not open_list:
            body.append("<ul>")
            open_list = "</ul>"
        body.append(
            {
                "title": f"<h1>\n   {word}\n</h1>",
                "section": f"</section><section><h2>{word}</h2>",
                "pair": f"<table><tr><th>{word}:</th><td>{other}</td></tr></table>",
                "list": f"<h3>{word}:</h3>",
                "item": f"<li>{word}</li>",
                "text": f"<p>{word}</p>",
            }[kind]
        )
    return _page([*body, open_list, "</section></article>"])


def old(saved: str) -> str:
    """Write capital tags, nothing closed, bold labels before a colon, entities, no-break spaces and comments."""
    body = ["<TABLE BORDER=0><TR><TD>"]
    for kind, text, value in parts_of(saved):
        word, other = (html.escape(part).replace(" ", "&nbsp;", 1).replace("ü", "&uuml;") for part in (text, value))
        body.append(
            {
                "title": f"<CENTER><FONT SIZE=5>{word}</FONT></CENTER>",
                "section": f"<HR><P><B><U>{word}</U></B><!-- <P>{word} -->",
                "pair": f"<P><B>{word}:</B> {other}<BR>",
                "list": f"<P><I>{word}</I>",
                "item": f"<LI>{word}",
                "text": f"<P>{word}",
            }[kind]
        )
    return _page(["\n".join(body)])


def lines(saved: str) -> str:
    """Write one text element with line breaks, as an editor puts a saved text into a page."""
    return _page([f"<div class='editor'>{'<br>'.join(html.escape(line) for line in saved.splitlines())}</div>"])


def silent(saved: str) -> str:
    """Write the same as `tables`, without explanations of the sections."""
    kept: list[str] = []
    section = ""
    for line in filter(str.strip, saved.splitlines()):
        if section in ("", "Study Results"):
            kept.append(line)
        section = line if line in SECTIONS else ""
    return tables("\n".join(kept))


def lists(saved: str) -> str:
    """Write definition lists, names in the site's own capitals, and statuses in words."""
    body = ["<my-app>"]
    for kind, text, value in parts_of(saved):
        word, other = html.escape(text), html.escape(value)
        body.append(
            {
                "title": f"<my-title><h1>{word}</h1></my-title>",
                "section": f"<h4>{word.upper()}</h4>",
                "pair": f"<dl><dt>{word.upper()}</dt><dd>{_in_words(other)}</dd></dl>",
                "list": f"<b>{word}</b>",
                "item": f"<ul><li>* {word}</ul>",
                "text": f"<blockquote>{word}</blockquote>",
            }[kind]
        )
    return _page([*body, "</my-app>"])


def _in_words(value: str) -> str:
    words = {
        "ACTIVE_NOT_RECRUITING": "Active, not recruiting",
        "PHASE1/PHASE2": "Phase 1 / Phase 2",
        "FEMALE": "Female",
    }
    return words.get(value, value)


RENDERINGS: dict[str, Callable[[str], str]] = {
    "divs": divs,
    "tables": tables,
    "old": old,
    "lines": lines,
    "lists": lists,
}
