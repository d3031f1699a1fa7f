"""The page that says what the rules make of each statement of the whitepaper, as Markdown."""

from __future__ import annotations

from collections import Counter

from dataarch.check.coverage import CARRIED, INFORMATION, LEFT_OUT, Section, Statement
from dataarch.rulebase.model import RuleBase
from dataarch.rulebase.walk import questions_in

_HEAD = """# What the rules make of the whitepaper

Generated from `rules/coverage.yaml` by `dataarch rules coverage`; a test holds the two together. The statements are in
our own words and stand in the whitepaper's order within each part. *Carried* means that a rule decides by it and that
an example fails without that rule; *information* decides nothing; what is *left out* says why.
"""


def text(base: RuleBase, sections: list[Section]) -> str:
    """The whole page."""
    lines = [_HEAD]
    counts = Counter(one.fate for section in sections for one in section.statements)
    lines.append("| part | carried | information | left out |\n| --- | --- | --- | --- |")
    for section in sections:
        own = Counter(one.fate for one in section.statements)
        lines.append(f"| {section.title} | {own[CARRIED]} | {own[INFORMATION]} | {own[LEFT_OUT]} |")
    lines.append(f"| **All** | **{counts[CARRIED]}** | **{counts[INFORMATION]}** | **{counts[LEFT_OUT]}** |\n")
    for section in sections:
        lines.append(f"## {section.title}\n\n| statement | what becomes of it | options and services | answers |")
        lines.append("| --- | --- | --- | --- |")
        lines += [_row(base, one) for one in section.statements]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(base: RuleBase, one: Statement) -> str:
    options: dict[str, None] = {}
    answers: dict[str, None] = {}
    for name in one.carried_by:
        decision = base.decisions[name.split(".")[0]]
        id = name.split(".", 1)[1]
        for criterion in decision.criteria:
            if criterion.id == id:
                options[criterion.option] = None
                answers.update(dict.fromkeys(questions_in(criterion.when)))
        for reason in decision.reasons:
            if reason.id == id:
                options.update(dict.fromkeys(option.id for option in decision.options if len(decision.options) == 1))
                answers.update(dict.fromkeys(questions_in(reason.when)))
    options.update(dict.fromkeys(one.services))
    fate = "<br>".join(f"`{name}`" for name in one.carried_by) or f"*{one.fate}*: {one.why}"
    return f"| {one.says} | {fate} | {', '.join(options)} | {', '.join(f'`{key}`' for key in answers)} |"
