"""A mutant on trial: the shape of its decision, the examples that it can reach, and the check of its decision.

Left out of the check is the search for dead criteria, which takes longest: a mutant that only this would find survives.

Only what changed is compiled: the diagrams of conditions and of all other decisions are those of the sound rules, but
where a threshold is a new one.
"""

from __future__ import annotations

import copy
from typing import Any

from dataarch.check import evidence, proofs, subsumption
from dataarch.check.apart import Apart
from dataarch.check.examples import Example, failures, read_examples
from dataarch.check.extent import Extent
from dataarch.check.proofs import Standing
from dataarch.check.samples import Samples
from dataarch.engine import atoms
from dataarch.engine.compile import Compiler
from dataarch.engine.engine import ALL, WHITEPAPER, Engine, conditions, deciding_tests, tests
from dataarch.engine.evaluate import View
from dataarch.engine.roots import Roots
from dataarch.engine.store import open_engine, rules_folder
from dataarch.errors import UserError
from dataarch.rulebase.fields import Findings
from dataarch.rulebase.load import load
from dataarch.rulebase.model import Criterion, Decision, Option, Reason, RuleBase
from dataarch.rulebase.shape import shaped
from dataarch.rulebase.sources import read_sources
from dataarch.rulebase.walk import decisions_in

from .mutants import Mutant, mutants

SURVIVED, EQUIVALENT = "survived", "equivalent"


class Court:
    """The sound rules, and what trials share."""

    def __init__(self) -> None:
        self.engine = open_engine()
        self.document: dict[str, Any] = load(read_sources(rules_folder()))
        self.mutants = list(mutants(self.document, self.engine.base.types))
        examples = read_examples(self.engine, rules_folder(), "rules/", Findings())
        self.examples: dict[str, list[Example]] = {}
        for example in examples:
            self.examples.setdefault(example.decision, []).append(example)
        self.sound = Compiler(self.engine.base, self.engine.view().active)
        self.sound.compile()
        self._roots: dict[tuple[str, str], Roots] = {}
        self.apart = Apart(self.engine.base, self.sound.active)

    def verdict(self, mutant: Mutant) -> str:
        """What kills a mutant: shape, example, or check; or `survived`, or `equivalent` where it changes no choice."""
        if self._misshapen(mutant):
            return "shape"
        engine = self._engine(mutant)
        reached = self._reached(mutant.decision, engine.base)
        for id in [mutant.decision, *(other for other in reached if other != mutant.decision)]:
            if any(self._fails(engine, example) for example in self.examples.get(id, ())):
                return "example"
        extent = Extent(engine.base, frozenset({mutant.decision}))
        own = self.examples.get(mutant.decision, [])
        if any(True for _ in evidence.unexercised(engine, own, extent)):
            return "check"
        for kind in (evidence.one_sided, evidence.undated):
            if any(True for _ in kind(engine, own, extent)):
                return "check"
        if self._refuted(engine, mutant, extent):
            return "check"
        return EQUIVALENT if self.equivalent(mutant) else SURVIVED

    def equivalent(self, mutant: Mutant) -> bool:
        """Whether a mutant chooses the same for every profile, under every basis and on every day."""
        if mutant.kind == "threshold shifted":
            return self._same_beside(mutant)
        engine, id = self._engine(mutant), mutant.decision
        for standing in dict.fromkeys([*_days(self.engine), *_days(engine)]):
            sound, changed = self.engine.view(*standing), engine.view(*standing)
            key = (id, repr(sound.active))
            if key not in self._roots:
                self._roots[key] = Compiler(self.engine.base, sound.active, self.sound)._root(id)
            if self._compiler(engine, changed, id)._root(id) != self._roots[key]:
                return False
        return True

    def _same_beside(self, mutant: Mutant) -> bool:
        """The same for a mutant that brings a threshold of its own: both decisions stand in one base."""
        base, id, beside = copy.copy(self.engine.base), mutant.decision, f"{mutant.decision}-mutated"
        changed = self._engine(mutant).base.decisions[id]
        base.decisions = {**base.decisions, beside: changed._replace(id=beside)}
        first: Compiler | None = None
        for basis, day in _days(self.engine):
            active = self.engine.view(basis, day).active
            compiler = Compiler(base, {**active, beside: active[id]}, first)
            first = first or compiler
            if compiler._root(id) != compiler._root(beside):
                return False
        return True

    def _compiler(self, engine: Engine, view: View, id: str) -> Compiler:
        """A compiler for a view of a mutant, with all that the sound rules have built but for the mutated decision."""
        compiler = Compiler(engine.base, view.active, self.sound)
        compiler._built = {key: found for key, found in self.sound._built.items() if not key.startswith(f"('{id}'")}
        return compiler

    def _misshapen(self, mutant: Mutant) -> bool:
        findings = Findings()
        own = {**mutant.entry, "criteria": [c for c in mutant.entry["criteria"] if not c["derived"]]}
        shaped(own, findings)
        entries = [*own["reasons"], *own["criteria"]]
        dated = [c for c in own["criteria"] if (c["until"] and c["until"] <= c["since"])]
        whitepaper = self.engine.base.whitepaper
        too_new = [c for c in own["criteria"] if c["basis"] == "whitepaper" and c["since"] != whitepaper]
        unsourced = [one for one in entries if not one["reference"]]  # `Reading.reference` refuses what lacks its key
        return bool(findings.found or dated or too_new or unsourced)

    def _engine(self, mutant: Mutant) -> Engine:
        """The engine of the mutant, its tests made anew where they differ."""
        base = copy.copy(self.engine.base)
        entry = {**mutant.entry, "depends_on": sorted({
            d for one in mutant.entry["reasons"] + mutant.entry["criteria"] for d in decisions_in(one["when"])
        })}  # fmt: skip
        base.decisions = {**base.decisions, mutant.decision: _decision(entry)}
        if mutant.kind == "threshold shifted":
            bits = atoms.table(base, conditions(base))
            made = tests(base, self.document["question_order"], bits)
        else:
            bits = self.engine.atoms
            of = base.decisions[mutant.decision]
            made = dict(self.engine.tests)
            for kind, ready in zip(("near", "reasons", "criteria"), deciding_tests(of, bits), strict=True):
                made[kind] = {**made[kind], mutant.decision: ready}
        return _Mutated(base, bits, made, self.engine.graph(self.engine.view()))

    def _reached(self, id: str, base: RuleBase) -> list[str]:
        """The decisions that depend on one, and itself."""
        found = {id}
        for other, decision in base.decisions.items():
            if found & set(decision.depends_on):
                found.add(other)
        return sorted(found)

    @staticmethod
    def _fails(engine: Engine, example: Example) -> bool:
        try:
            return bool(failures(engine, [example]))
        except UserError:
            return True

    def _refuted(self, engine: Engine, mutant: Mutant, extent: Extent) -> bool:
        """Whether the check of the mutated decision finds anything."""
        decision, new = engine.base.decisions[mutant.decision], mutant.kind == "threshold shifted"
        if new:
            first, apart = Compiler(engine.base, engine.view().active), Apart(engine.base, engine.view().active)
        else:
            apart = Apart(engine.base, engine.view().active, self.apart)
            first = self._compiler(engine, engine.view(), decision.id)
        standing, samples = _standings(engine, first, apart), Samples(engine, self.examples.get(decision.id, ()))
        differing = next(found for one, found in proofs.each_decision(standing, extent) if one is decision)
        for one in differing:
            if any(True for _ in proofs.conflicts(decision, one)):
                return True
            if any(True for _ in proofs.without_outcome(decision, one)):
                return True
        found = (
            proofs.dead_reasons(decision, differing, extent, samples),
            subsumption.unsaid(decision, differing, extent, samples),
            proofs.never_chosen(decision, standing[0], extent, samples),
        )
        return any(True for findings in found for _ in findings)


class _Mutated(Engine):
    """An engine that keeps the views that trials ask for again and again."""

    _views: dict[tuple[str, str], View]

    def view(self, basis: str = ALL, day: str = "") -> View:
        kept = self.__dict__.setdefault("_views", {})
        if (basis, day) not in kept:
            kept[basis, day] = super().view(basis, day)
        view: View = kept[basis, day]
        return view


def _standings(engine: Engine, first: Compiler, apart: Apart) -> list[Standing]:
    found = [Standing(engine.view(), first, apart)]
    seen = [found[0].view.active]
    for basis, day in _days(engine):
        view = engine.view(basis, day)
        if view.active not in seen:
            seen.append(view.active)
            made = Compiler(engine.base, view.active, first)
            found.append(Standing(view, made, Apart(engine.base, view.active, apart)))
    return found


def _days(engine: Engine) -> list[tuple[str, str]]:
    """Every basis with the days on which something changes under it."""
    base = engine.base
    days = {base.whitepaper, base.reviewed}
    for decision in base.decisions.values():
        days |= {day for c in decision.criteria for day in (c.since, c.until) if base.whitepaper < day < base.reviewed}
    return [(ALL, day) for day in sorted(days, reverse=True)] + [(WHITEPAPER, base.whitepaper)]


def _decision(entry: dict[str, Any]) -> Decision:
    def row(kind: Any, one: dict[str, Any]) -> Any:
        return kind(*(one.get(field) for field in kind._fields))

    inside = {"reasons": Reason, "options": Option, "criteria": Criterion}
    parts = {key: [row(kind, one) for one in entry[key]] for key, kind in inside.items()}
    made: Decision = row(Decision, {**entry, **parts})
    return made
