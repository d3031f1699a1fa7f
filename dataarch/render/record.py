"""Decision records in the MADR form, one for each decision that applies, and the index of them."""

from __future__ import annotations

from dataarch.estimate.estimate import estimate
from dataarch.picture import picture
from dataarch.recommendation import PATTERN, Decided, Evidence, Ranked, Recommendation
from dataarch.render import answer, figures, glance, markdown, mermaid, words
from dataarch.render.page import (
    Block,
    Cell,
    Command,
    Heading,
    Item,
    Label,
    Paragraph,
    Span,
    Table,
    evidence,
    ids,
    note,
    prose,
    sources,
)
from dataarch.rulebase.walk import decisions_in

INDEX = "README.md"
_GOOD = {"favours": "Good, because: ", "against": "Bad, because: ", "rules_out": "Ruled out, because: "}


def folder(result: Recommendation) -> dict[str, str]:
    """The texts of a folder of records by file name: the index, then the records in their order."""
    names = _names(result)
    made = {INDEX: _index(result, names)}
    for id, name in names.items():
        one = result.pattern if id == PATTERN else result.decisions[id]
        made[name] = text(result, one)
    return made


def text(result: Recommendation, one: Decided) -> str:
    """One record as Markdown, with its front matter."""
    status = "accepted" if one.status == "settled" else "proposed"
    front = f"---\nstatus: {status}\ndate: {result.view.day}\n---\n\n"
    return front + markdown.document(result.engine.base, blocks(result, one))


def body(result: Recommendation, one: Decided) -> str:
    """One record as Markdown below its title, for those that write their own."""
    return markdown.document(result.engine.base, blocks(result, one)[1:])


def blocks(result: Recommendation, one: Decided) -> list[Block]:
    """One record as blocks."""
    made = [*_context(result, one), *_outcome(result, one), *_options(result, one)]
    return [*made, *sources(result.engine.base, made)]


def diagram(result: Recommendation) -> str:
    """The architecture as a Mermaid diagram in a fence, which code hosts draw."""
    return f"```mermaid\n{mermaid.text(picture(result))}```\n"


def _names(result: Recommendation) -> dict[str, str]:
    applying = [id for id in answer.order(result) if words.applies(result.decisions[id])]
    found = applying if result.undecidable else [PATTERN, *applying]
    return {id: f"{number:04}-{id}.md" for number, id in enumerate(found, 1)}


def _context(result: Recommendation, one: Decided) -> list[Block]:
    base = result.engine.base
    decision = base.decisions[one.id]
    workload = result.profile.answers.get("workload")
    made: list[Block] = [Heading(1, f"{decision.title}: {answer.chosen(base, one)}")]
    made += [Heading(2, "Context and problem statement"), Paragraph(prose(decision.question))]
    made += [Paragraph(prose(f"The workload is {workload.value}."))] if workload else []
    made.append(Paragraph((Span("What is decided"), *note(reference=decision.reference))))
    reasons = [found for found in one.because if found.effect == "applies"]
    drivers = reasons or [found for found in one.because if found.effect == "favours" and not found.under]
    if drivers:
        made += [Heading(2, "Decision drivers"), *(Item(evidence(found, base.whitepaper)) for found in drivers)]
    made.append(Heading(2, "Considered options"))
    for option in decision.options:
        made.append(Item((Span(option.id, "id"), Span(f": {option.summary}"))))
    return made


def _outcome(result: Recommendation, one: Decided) -> list[Block]:
    base = result.engine.base
    favouring = [found for found in one.because if found.effect == "favours" and not found.under]
    made: list[Block] = [Heading(2, "Decision outcome")]
    lead = "Chosen: " if one.choice else "Not decided: nothing that is known speaks for an option yet."
    chosen = one.choice if isinstance(one.choice, list) else [one.choice] if one.choice else []
    named = ids(chosen) if chosen else (Span("none of them"),) if one.choice == [] else ()
    made.append(Paragraph((Span("Chosen: " if one.choice == [] else lead), *named)))
    made.append(answer.sure(base, one))
    made += [Item(evidence(found, base.whitepaper)) for found in favouring]
    made += [Heading(3, "Consequences"), *_consequences(result, one)]
    made += figures.of_decision(estimate(result), one.id)
    made += [Heading(3, "Confirmation"), *_confirmation(result, one)]
    return made


def _consequences(result: Recommendation, one: Decided) -> list[Block]:
    base = result.engine.base
    against = [found for found in one.because if found.effect == "against"]
    made: list[Block] = [_weighed(found, base.whitepaper) for found in against]
    told = {warning.id: warning for warning in result.warnings}
    for statement in base.warnings:
        if statement.id in told and one.id in decisions_in(statement.when):
            made.append(Item((Span(f"Bad, because: {statement.message}"), *note(reference=statement.reference))))
    chosen = one.choice if isinstance(one.choice, list) else [one.choice]
    services = {option.service for option in base.decisions[one.id].options if option.id in chosen}
    for service in result.services:
        if service.id in services:
            said = f"Neutral: {service.name} comes with it, {words.lifecycle(service)}"
            made.append(Item((Span(said), *note(reference=service.reference))))
    looking = [id for id, other in base.decisions.items() if one.id in other.depends_on and _there(result, id)]
    if looking:
        made.append(Item((Span("Neutral: these decisions look at its outcome: "), *ids(looking))))
    return made or [Paragraph(prose("None beyond what speaks for it."))]


def _there(result: Recommendation, id: str) -> bool:
    return id != PATTERN and words.applies(result.decisions[id])


def _confirmation(result: Recommendation, one: Decided) -> list[Block]:
    made: list[Block] = []
    if one.needs:
        made.append(Paragraph((Span("It is settled once these are answered: "), *ids(one.needs))))
    else:
        made.append(Paragraph(prose("No answer that is missing can change it; it is to be looked at again when an "
                                    "answer below changes.")))  # fmt: skip
    made += answer.changes(result.engine.base, result, one, None)
    made += [Label("To see every criterion"), Command((f"dataarch explain {one.id}",))]
    return made


def _options(result: Recommendation, one: Decided) -> list[Block]:
    base = result.engine.base
    made: list[Block] = [Heading(2, "Pros and cons of the options")]
    ranked = {entry.option: entry for entry in one.ranking}
    why = {lost.option: lost.why for lost in one.rejected}
    for option in base.decisions[one.id].options:
        made += [Heading(3, words.name(base, one.id, option.id)), Paragraph(prose(option.summary))]
        made += _about(ranked.get(option.id), base.whitepaper)
        if option.id in why:
            made.append(Item((Span("Lost:", "strong"), Span(f" {why[option.id]}"))))
    return made


def _about(entry: Ranked | None, whitepaper: str) -> list[Block]:
    found = entry.because if entry else []
    if not found:
        return [Item(prose("Neutral: nothing that is known speaks for or against it."))]
    return [_weighed(one, whitepaper) for one in found]


def _weighed(one: Evidence, whitepaper: str) -> Item:
    return Item((Span(_GOOD.get(one.effect, "")), *evidence(one, whitepaper)), 1 if one.under else 0)


def _index(result: Recommendation, names: dict[str, str]) -> str:
    base = result.engine.base
    ordered = answer.order(result)
    first = [*answer.lead(result)]
    rest: list[Block] = [*answer.warned(result), *figures.page(estimate(result)), *answer.services(result)]
    rest += [*answer.answers(result), *sources(base, [*first, *rest])]
    stood = f"Rule base {base.version} ({base.digest}), as it stood on {result.view.day}. Records are in the "
    about = f"{stood}[MADR](https://adr.github.io/madr/) form.\n"
    waiting = [block for block in glance.table(result, ordered) if isinstance(block, Paragraph)]
    parts = [
        markdown.document(base, first),
        about,
        f"## Architecture\n\n{diagram(result)}",
        f"## Records\n\n{_records(result, names)}",
        markdown.document(base, list(waiting)) if waiting else "",
        markdown.document(base, rest) if rest else "",
    ]
    return "\n".join(part for part in parts if part)


def _records(result: Recommendation, names: dict[str, str]) -> str:
    """The table of records, each with a link to its file."""
    base = result.engine.base
    lines = ["| record | choice | how sure |", "| --- | --- | --- |"]
    for id, name in names.items():
        one = result.pattern if id == PATTERN else result.decisions[id]
        cells: list[Cell] = [prose(answer.chosen(base, one)), prose(words.standing(one))]
        row = markdown.document(base, [Table(("", ""), [tuple(cells)])]).splitlines()[2]
        lines.append(f"| [{name[:4]} {markdown.escaped(base.decisions[id].title)}]({name}) {row}")
    return "\n".join(lines) + "\n"
