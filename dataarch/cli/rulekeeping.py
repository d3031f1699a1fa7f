"""`rules list`, `rules show` and `rules test`: the rules looked at, and their examples run."""

from __future__ import annotations

from dataarch import files
from dataarch.cli import opening
from dataarch.cli.opening import Laid
from dataarch.engine.engine import Engine
from dataarch.engine.store import rules_folder
from dataarch.errors import Finding, Place, UserError
from dataarch.rulebase.model import Criterion, Reason, RuleBase
from dataarch.spelling import meant, shown


def listing(format: str, laid: Laid) -> str:
    """What rules there are: in short on a terminal, all of them as Markdown."""
    from dataarch.render import catalogue, markdown, terminal

    base = opening.engine(laid).base
    if format == "markdown":
        return markdown.document(base, catalogue.whole(base))
    return terminal.page(catalogue.listing(base))


def show(name: str, laid: Laid) -> str:
    """One decision; or every criterion and reason of a name, which may be led by its decision and a dot."""
    from dataarch.render import catalogue, terminal

    base = opening.engine(laid).base
    if name in base.decisions:
        return terminal.page(catalogue.decision(base, base.decisions[name]))
    rules = _rules(base)
    found = [full for full in rules if name in (full, full.partition(".")[2])]
    if not found:
        near = meant(name, [*base.decisions, *rules, *(full.partition(".")[2] for full in rules)])
        raise UserError.plain(f"There is no decision, criterion or reason {shown(name)}.", near)
    parts = [catalogue.rule(base, base.decisions[full.partition(".")[0]], rules[full]) for full in found]
    return terminal.page([block for part in parts for block in part])


def test(path: str, laid: Laid) -> tuple[int, list[Finding]]:
    """How many examples there are, in a file or in all that is loaded, and those that come out otherwise."""
    from dataarch.check.examples import failures, read_examples, read_file
    from dataarch.rulebase.fields import Findings

    engine, noted = _engine(laid), Findings()
    try:
        if path:
            examples = read_file(engine, path, path, noted)
        else:
            folders = [(folder, f"{folder.rstrip('/')}/") for folder in laid.folders] or [(rules_folder(), "rules/")]
            examples = [one for folder, prefix in folders for one in read_examples(engine, folder, prefix, noted)]
    except OSError as error:
        raise UserError.at(Place(error.filename or path), f"cannot be read: {files.reason(error)}.") from None
    return len(examples), [*noted.found, *failures(engine, examples)]


def _engine(laid: Laid) -> Engine:
    """The rules without their proof: an example that fails would stop it, and is what is asked for here."""
    return opening.engine(laid._replace(unchecked=bool(laid.folders)))


def _rules(base: RuleBase) -> dict[str, Criterion | Reason]:
    """The criteria and reasons by their full names."""
    found: dict[str, Criterion | Reason] = {}
    for id, decision in base.decisions.items():
        found |= {f"{id}.{reason.id}": reason for reason in decision.reasons}
        found |= {f"{id}.{criterion.id}": criterion for criterion in decision.criteria}
    return found
