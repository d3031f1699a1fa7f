"""`dataarch rules check`: everything that can be proven of a folder of rules, and every finding at once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import NamedTuple

from dataarch.check import proofs
from dataarch.check.alive import dead_criteria
from dataarch.check.coverage import read_coverage, uncarried
from dataarch.check.examples import failures, read_examples
from dataarch.engine.engine import Engine
from dataarch.engine.store import compiled, engine_of, open_engine, rules_folder
from dataarch.errors import Finding, Place, RuleBaseError, UserError
from dataarch.rulebase.fields import Findings
from dataarch.rulebase.sources import read_sources


class Report(NamedTuple):
    """What a check found and, in lines, what it went through."""

    findings: tuple[Finding, ...]
    lines: list[str]
    seconds: float


def check(folder: str = "", progress: Callable[[str], None] = lambda _: None) -> Report:
    """The report on a folder of rules (the built-in ones by default). Wrong structure is reported, not raised."""
    start = time.process_time()
    if folder and not os.path.isfile(os.path.join(folder, "base.yaml")):
        raise UserError.at(Place(folder), "is no folder of rules; one holds base.yaml, questions/ and decisions/.")
    folder, prefix = folder or rules_folder(), f"{folder.rstrip('/')}/" if folder else "rules/"
    try:
        own = folder == rules_folder()
        engine = open_engine() if own else engine_of(compiled(read_sources(folder), prefix))
        findings, lines = _proven(engine, folder, prefix, progress)
    except RuleBaseError as error:
        findings, lines = list(error.findings), ["The structure is wrong; nothing else was looked at."]
    return Report(tuple(dict.fromkeys(findings)), lines, time.process_time() - start)


def _proven(engine: Engine, folder: str, prefix: str,
            progress: Callable[[str], None]) -> tuple[list[Finding], list[str]]:  # fmt: skip
    base, noted = engine.base, Findings()
    examples = read_examples(engine, folder, prefix, noted)
    statements = read_coverage(engine, folder, prefix, noted)
    findings = [*noted.found, *failures(engine, examples), *uncarried(engine, statements, examples)]
    standing = proofs.standings(engine)
    for decision, differing in proofs.each_decision(standing):
        progress(f"{decision.id}: {len(decision.criteria)} criteria, {len(differing)} standings")
        for one in differing:
            findings += [*proofs.conflicts(decision, one), *proofs.without_outcome(decision, one)]
            one.compiler.compile([decision.id])
        findings += [*proofs.never_chosen(decision, standing[0]), *proofs.dead_reasons(decision, differing)]
        findings += dead_criteria(engine, decision, differing)
    criteria = sum(not c.derived for decision in base.decisions.values() for c in decision.criteria)
    derived = sum(c.derived for decision in base.decisions.values() for c in decision.criteria)
    lines = [
        f"{len(base.questions)} questions, {len(base.decisions)} decisions, {criteria} criteria"
        f" and {derived} that follow from the availability of services.",
        f"{len(examples)} examples.",
        f"{len(standing)} standings: every basis, from every day between {base.whitepaper} and {base.reviewed}"
        " on which something changes.",
        f"{'Looked for' if findings else 'Proven'} for every profile: no conflict of decisive criteria, no profile"
        " without an outcome, every option can win today, no dead criterion, no dead reason.",
    ]
    return findings, lines
