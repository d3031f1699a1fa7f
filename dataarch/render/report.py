"""A recommendation as one HTML page that can be mailed: nothing is loaded, and no request leaves it."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from dataarch.estimate.estimate import Estimate, estimate
from dataarch.picture import picture
from dataarch.profile import spoken
from dataarch.recommendation import PATTERN, Decided, Ranked, Recommendation
from dataarch.render import answer, figures, html, origin, svg, words
from dataarch.render.html import safe
from dataarch.render.page import Block, Paragraph, Source, Span, Table, items, note, sources
from dataarch.rulebase.model import CAUTION

_HERE = os.path.dirname(os.path.abspath(__file__))
_Section = tuple[str, str, str]
"""The id, the title and the body of a part of the page."""


def text(result: Recommendation) -> str:
    """The page."""
    style, script = (_asset(f"report.{kind}") for kind in ("css", "js"))
    title = _title(result)
    cited: list[Block] = []
    found = estimate(result)
    parts = [part for make in _PARTS for part in make(result, found, cited)]
    parts += _sources(result, cited)
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    links = "".join(f'<li><a href="#{id}">{safe(name)}</a></li>' for id, name, _ in parts)
    body = "\n".join(
        f'<section id="{id}" aria-labelledby="{id}-title"><h2 id="{id}-title">{safe(name)}</h2>\n{inside}\n</section>'
        for id, name, inside in parts
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{safe(title)} · dataarch</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<a class="skip" href="#architecture">To the architecture</a>
<header class="top"><div class="wrap">
{_head(result, found, title, cited)}
</div></header>
<nav class="bar" aria-label="Parts of this page"><div class="wrap"><ul>{links}</ul></div></nav>
<main class="wrap">
{body}
</main>
<footer><div class="wrap">{_foot(result)}</div></footer>
<script>{script}</script>
</body>
</html>
"""


def anchor(decision: str) -> str:
    """The id of the part of the page that is about a decision."""
    return f"decision-{decision}"


def _title(result: Recommendation) -> str:
    if result.undecidable:
        return "No pattern yet"
    one = result.pattern
    named = words.name(result.engine.base, PATTERN, one.choice if isinstance(one.choice, str) else None)
    return f"{named[:1].upper()}{named[1:]} fits" if result.none_fits else named


def _head(result: Recommendation, found: Estimate, title: str, cited: list[Block]) -> str:
    """The answer: the pattern, how sure it is, why, and the figures that a reader asks for first."""
    base, one = result.engine.base, result.pattern
    workload = result.profile.answers.get("workload")
    called = f"Architecture for {workload.value}" if workload else "Recommended architecture"
    made = [f'<p class="eyebrow">{safe(str(called))}</p><h1>{safe(title)}</h1>']
    if not result.undecidable:
        made.append(f"<p>{_badge(one)} {safe(words.state(base, one))}.</p>")
    pattern = base.patterns.get(one.choice) if isinstance(one.choice, str) else None
    if pattern:
        made.append(f'<p class="lead">{safe(pattern.summary)}</p>')
    for first in one.because[:1]:
        line = (Span(first.because), *note(*words.weight(first, base.whitepaper), reference=first.reference))
        cited.append(Paragraph(line))
        made.append(f"<p>{html.line(line)}</p>")
    made += [f"<p>{html.line(block.line)}</p>" for block in origin.laid(base)]
    made.append(_tiles(result, found))
    return "\n".join(made)


def _tiles(result: Recommendation, found: Estimate) -> str:
    applying = _applying(result)
    settled = sum(result.decisions[id].status == "settled" for id in applying)
    counts = {severity: sum(one.severity == severity for one in result.warnings) for severity in answer.SEVERITIES}
    warned = ", ".join(f"{count} {severity}" for severity, count in counts.items() if count) or "none"
    tiles = {
        "Decisions settled": f"{settled} of {len(applying)}",
        "Warnings": warned,
        f"{figures.CURRENCY} a month, as far as is known": figures.money(found.total),
        "Answers that could still change something": f"{len(result.unanswered)}",
    }
    inside = "".join(f"<div><dt>{safe(name)}</dt><dd>{safe(value)}</dd></div>" for name, value in tiles.items())
    return f'<dl class="tiles">{inside}</dl>'


def _architecture(result: Recommendation, found: Estimate, cited: list[Block]) -> list[_Section]:
    del found, cited
    drawing = picture(result, f"Architecture: {_title(result)}")
    if not drawing.boxes:
        return []
    large, small = svg.embedded(drawing, lambda id: f"#{anchor(id)}")
    legend = (
        f'<p class="legend"><span>{svg.SETTLED} settled: no answer that is missing can change it</span>'
        f"<span>{svg.OPEN} open: it leads, with this confidence</span>"
        '<span><svg aria-hidden="true" viewBox="0 0 34 12"><path class="flow" d="M0 6H34"/></svg>data</span>'
        '<span><svg aria-hidden="true" viewBox="0 0 34 12"><path class="control" d="M0 6H34"/></svg>'
        "has a hand in it</span></p>"
    )
    body = (
        '<p class="hint">What was chosen, in the layers of the whitepaper, and how data flows. '
        "Each box opens its decision.</p>"
        f'<div class="drawing card"><div class="large">{large}</div><div class="small">{small}</div></div>{legend}'
    )
    return [("architecture", "Architecture", body)]


def _ranking(result: Recommendation, estimated: Estimate, cited: list[Block]) -> list[_Section]:
    del estimated
    base, ranked = result.engine.base, result.pattern.ranking
    most = max([1, *(entry.score for entry in ranked)])
    rows = []
    for entry in ranked:
        chosen = entry.option == result.pattern.choice
        found = list(items(entry.because, base.whitepaper))
        cited += found
        why = f'<div class="why">{html.blocks(found)}</div>' if found else ""
        width = max(entry.score, 0) / most * 100
        rows.append(
            f'<li{" class=" + chr(34) + "chosen" + chr(34) if chosen else ""}>'
            f"<span>{safe(words.name(base, PATTERN, entry.option))}</span>"
            '<svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">'
            '<rect class="bar-back" width="100" height="10" rx="1"/>'
            f'<rect class="{"bar-on" if chosen else "bar-off"}" width="{width:.2f}" height="10" rx="1"/></svg>'
            f'<span class="points">{_points(entry)}</span>{why}</li>'
        )
    hint = "What your answers say for each pattern, in points: slight 1, moderate 3, strong 9."
    flips = answer.changes(base, result, result.pattern, None)
    body = f'<p class="hint">{hint}</p><ol class="chart card">{"".join(rows)}</ol>{html.blocks(flips, 3)}'
    return [("patterns", "Patterns", body)]


def _points(entry: Ranked) -> str:
    return "decisive" if entry.decisive else safe(words.points(entry.score))


def _decisions(result: Recommendation, estimated: Estimate, cited: list[Block]) -> list[_Section]:
    made = ['<div class="tools" hidden><button type="button">Open all</button>'
            '<button type="button">Close all</button></div>']  # fmt: skip
    base = result.engine.base
    for id in _applying(result):
        one = result.decisions[id]
        found = [*answer.reason(result, one)[1:], *figures.of_decision(estimated, id)]
        cited += found
        heading = f"{base.decisions[id].title}: {answer.chosen(base, one)}"
        made.append(
            f'<details class="decision" id="{anchor(id)}"><summary><h3>{safe(heading)}</h3>{_badge(one)}</summary>'
            f'<div class="inside"><a class="back" href="#architecture">Back to the architecture</a>'
            f"{html.blocks(found)}</div></details>"
        )
    waiting = answer.perhaps(result, answer.order(result))
    more = f"<h3>Perhaps needed</h3>{html.blocks(waiting)}" if waiting else ""
    hint = '<p class="hint">Why each choice, from which source, what lost, and which answers would change it.</p>'
    return [("decisions", "Decisions", f"{hint}{''.join(made)}{more}")]


def _warnings(result: Recommendation, estimated: Estimate, cited: list[Block]) -> list[_Section]:
    order = list(answer.SEVERITIES)
    found = sorted(result.warnings, key=lambda one: order.index(one.severity))
    entries = []
    for one in found:
        line = (Span(one.message), *note(reference=one.reference or ""))
        cited.append(Paragraph(line))
        entries.append(f'<li class="{one.severity}"><b>{answer.SEVERITIES[one.severity]}</b> {html.line(line)}</li>')
    for met in estimated.met:
        line = figures.limit_line(met)
        cited.append(Paragraph(line))
        entries.append(f'<li class="{met.severity}"><b>{answer.SEVERITIES[met.severity]}</b> {html.line(line)}</li>')
    said = [figures.crossing(one) for one in estimated.crossings]
    entries += [f'<li class="{CAUTION}"><b>{answer.SEVERITIES[CAUTION]}</b> {safe(one)}</li>' for one in said]
    none = "<p>Nothing that is known speaks against it.</p>"
    body = f'<ul class="warnings">{"".join(entries)}</ul>' if entries else none
    return [("warnings", "Warnings", body)]


def _numbers(result: Recommendation, estimated: Estimate, cited: list[Block]) -> list[_Section]:
    del result
    found = figures.needs(estimated)
    cited += found
    hint = "Derived from your answers and from the figures of the services; where an answer is missing, it is named."
    tables = [html.table(block, "What the numbers need") for block in found if isinstance(block, Table)]
    return [("numbers", "Capacity", f'<p class="hint">{hint}</p>{"".join(tables)}')] if tables else []


def _cost(result: Recommendation, estimated: Estimate, cited: list[Block]) -> list[_Section]:
    del result
    found = [*figures.costs(estimated), *figures.alternatives(estimated)]
    cited += found
    hint = "Quantity times list price, from the mean rate; a line without a source or an answer says so."
    table, rest = [block for block in found if isinstance(block, Table)], [b for b in found if not isinstance(b, Table)]
    shown = "".join(html.table(block, "Monthly cost") for block in table)
    return [("cost", "Cost", f'<p class="hint">{hint}</p>{shown}{html.blocks(rest, 3)}')] if table else []


def _services(result: Recommendation, estimated: Estimate, cited: list[Block]) -> list[_Section]:
    del estimated
    found = answer.services(result)
    cited += found
    tables = [html.table(block, "The services") for block in found if isinstance(block, Table)]
    return [("services", "Services", "".join(tables))] if tables else []


def _answers(result: Recommendation, estimated: Estimate, cited: list[Block]) -> list[_Section]:
    del estimated, cited
    questions = result.engine.base.questions
    rows = "".join(
        f"<tr><td>{safe(questions[key].prompt)}</td><td>{safe(spoken(questions[key], one.value))}</td>"
        f"<td><code>{safe(key)}</code></td></tr>"
        for key, one in result.profile.answers.items()
    )
    head = '<thead><tr><th scope="col">Question</th><th scope="col">Answer</th><th scope="col">Key</th></tr></thead>'
    given = (
        '<div class="scroll" tabindex="0" role="region" aria-label="The answers">'
        f"<table>{head}<tbody>{rows}</tbody></table></div>"
    )
    missing = "".join(f"<li>{safe(questions[key].prompt)} <code>{safe(key)}</code></li>" for key in result.unanswered)
    more = f"<h3>Could still change something</h3><ul>{missing}</ul>" if missing else ""
    return [("answers", "Answers", (given if rows else "<p>None was given.</p>") + more)]


def _sources(result: Recommendation, cited: list[Block]) -> list[_Section]:
    found = [block for block in sources(result.engine.base, cited) if isinstance(block, Source)]
    body = f'<ul class="sources">{"".join(html.source(one) for one in found)}</ul>'
    return [("sources", "Sources", body)] if found else []


def _foot(result: Recommendation) -> str:
    base, view = result.engine.base, result.view
    word = "" if view.basis == "all" else f", the word of the {view.basis} alone"
    return (
        f"Made by dataarch from rule base {safe(base.version)} ({safe(base.digest)}) as it stood on {safe(view.day)}"
        f"{safe(word)}. The same rules and answers give the same page. dataarch is no product of AWS."
    )


def _badge(one: Decided) -> str:
    state = "settled" if one.status == "settled" else "open"
    return f'<span class="badge {state}">{safe(words.standing(one))}</span>'


def _applying(result: Recommendation) -> list[str]:
    return [id for id in answer.order(result) if words.applies(result.decisions[id])]


def _asset(name: str) -> str:
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return file.read()


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


_PARTS: tuple[Callable[[Recommendation, Estimate, list[Block]], list[_Section]], ...] = (
    _architecture, _ranking, _decisions, _warnings, _numbers, _cost, _services, _answers,
)  # fmt: skip
