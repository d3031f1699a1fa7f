"""`dataarch rules check`: everything that can be proven of rules and overlays, and every finding at once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dataarch.check import evidence, proofs, steps, subsumption
from dataarch.check.alive import dead_criteria
from dataarch.check.coverage import read_coverage, uncarried
from dataarch.check.examples import Example, failures, read_examples
from dataarch.check.extent import Extent
from dataarch.check.samples import Samples
from dataarch.engine.collector import put_off
from dataarch.engine.engine import Engine
from dataarch.engine.store import compiled, engine_of, open_engine, rules_folder
from dataarch.errors import Finding, Place, RuleBaseError, UserError
from dataarch.rulebase.fields import Findings
from dataarch.rulebase.sources import Folder, read_sources

Progress = Callable[[str], None]


class Report(NamedTuple):
    """What a check found and, in lines, what it went through."""

    findings: tuple[Finding, ...]
    lines: list[str]
    seconds: float


@put_off()
def check(folder: str = "", overlays: Sequence[Folder] = (), progress: Progress = lambda _: None) -> Report:
    """The report on a folder of rules (the built-in ones by default) with the overlays on them.

    Wrong structure is reported, not raised.
    """
    start = time.process_time()
    if folder and not os.path.isfile(os.path.join(folder, "base.yaml")):
        raise UserError.at(Place(folder), "is no folder of rules; one holds base.yaml, questions/ and decisions/.")
    folder, prefix = folder or rules_folder(), f"{folder.rstrip('/')}/" if folder else "rules/"
    try:
        if folder == rules_folder():
            engine = open_engine(overlays)
        else:
            engine = engine_of(compiled(read_sources(folder), prefix, overlays))
        findings, lines = _whole(engine, Folder(prefix, {}), folder, overlays, progress)
    except RuleBaseError as error:
        findings, lines = list(error.findings), ["The structure is wrong; nothing else was looked at."]
    return Report(tuple(dict.fromkeys(findings)), lines, time.process_time() - start)


@put_off()
def proven(engine: Engine, overlays: Sequence[Folder], progress: Progress) -> list[Finding]:
    """What keeps overlays from being used: proofs that fail, and examples of theirs that come out otherwise."""
    noted, extent = Findings(), Extent(engine.base)
    examples = _examples(engine, overlays, noted)
    shipped = read_examples(engine, rules_folder(), "rules/", Findings())
    standing, samples = proofs.standings(engine), Samples(engine, [*shipped, *examples])
    found = [*noted.found, *failures(engine, examples)]
    found += [finding for one in _proofs(engine, standing, extent, samples, progress) for finding in one]
    return list(dict.fromkeys(found))


def _whole(engine: Engine, base_files: Folder, folder: str, overlays: Sequence[Folder],
           progress: Progress) -> tuple[list[Finding], list[str]]:  # fmt: skip
    base, noted, extent = engine.base, Findings(), Extent(engine.base)
    own = read_examples(engine, folder, base_files.prefix, noted)
    if overlays:
        others, own = own, _examples(engine, overlays, noted)
        otherwise = {finding.place for finding in failures(engine, others)}
    standing, samples = proofs.standings(engine), Samples(engine, own if not overlays else [*others, *own])
    statements = read_coverage(engine, folder, base_files.prefix, noted)
    findings = [*noted.found, *failures(engine, own)]
    findings += [] if overlays else uncarried(engine, statements, own)  # the base was judged by itself
    findings += [finding for one in _proofs(engine, standing, extent, samples, progress) for finding in one]
    findings += [*evidence.unexercised(engine, own, extent), *evidence.one_sided(engine, own, extent)]
    findings += [] if overlays else evidence.undated(engine, own, extent)
    findings += [*evidence.unused(engine, extent), *steps.unrealised(extent, standing[0], samples)]
    criteria = sum(not c.derived for decision in base.decisions.values() for c in decision.criteria)
    derived = sum(c.derived for decision in base.decisions.values() for c in decision.criteria)
    lines = [
        f"{len(base.questions)} questions, {len(base.decisions)} decisions, {criteria} criteria"
        f" and {derived} that follow from the availability of services.",
        f"{len(own)} examples.",
        f"{len(standing)} standings: every basis, from every day between {base.whitepaper} and {base.reviewed}"
        " on which something changes.",
        f"{'Looked for' if findings else 'Proven'} for every profile: no conflict of decisive criteria, no profile"
        " without an outcome, every option can win today, no dead criterion, no dead reason, no step of a pattern that"
        " nothing realises, no criterion that holds only where another does without saying so.",
        f"{'Looked for' if findings else 'Shown'} by examples: every criterion, both sides of every threshold"
        f"{'' if overlays else ', every day on which a criterion begins'}. Every question is used.",
    ]
    if overlays:
        named = ", ".join(one.id for one in base.overlays)
        lines.insert(0, f"The base with {named}: looked at is what these can have changed, which is"
                        f" {len(extent.decisions)} of {len(base.decisions)} decisions.")  # fmt: skip
        lines.append(f"{len(otherwise)} of {len(others)} examples of the base come out otherwise"
                     f"{', the first at ' + str(min(otherwise)) if otherwise else ''}.")  # fmt: skip
    return findings, lines


def _proofs(engine: Engine, standing: list[proofs.Standing], extent: Extent, samples: Samples,
            progress: Progress) -> Iterator[list[Finding]]:  # fmt: skip
    """What is proven of each decision, with what fails."""
    for decision, differing in proofs.each_decision(standing, extent):
        progress(f"{decision.id}: {len(decision.criteria)} criteria, {len(differing)} standings")
        found: list[Finding] = []
        for one in differing:
            found += [*proofs.conflicts(decision, one), *proofs.without_outcome(decision, one)]
            found += proofs.opposed(decision, one, extent) if extent.overlays else ()
        found += proofs.never_chosen(decision, standing[0], extent, samples)
        found += proofs.dead_reasons(decision, differing, extent, samples)
        found += dead_criteria(engine, decision, differing, extent, samples)
        found += subsumption.unsaid(decision, differing, extent, samples)
        yield found


def _examples(engine: Engine, overlays: Sequence[Folder], noted: Findings) -> list[Example]:
    return [one for folder in overlays for one in read_examples(engine, folder.prefix or ".", folder.prefix, noted)]
