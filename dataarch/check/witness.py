"""A witness: one profile that shows what a finding says."""

from __future__ import annotations

from typing import Any

from dataarch import profile, quantity
from dataarch.engine.compile import Compiler
from dataarch.rulebase.model import RuleBase


def known_of(compiler: Compiler, classes: dict[int, int]) -> dict[str, Any]:
    """Answers that put the variables into these classes; what no variable asks for stays unknown."""
    known: dict[str, Any] = {}
    questions = compiler.base.questions
    for index, at in sorted(classes.items()):
        variable = compiler.variables[index]
        id = variable.question
        if variable.kind == "any-of":
            values = [*known.get(id, []), *variable.groups[0][:at]]
            known[id] = [value for value in questions[id].values if value in values]
        elif at and variable.kind == "quantity":
            low = variable.cuts[at - 2] if at >= 2 else 0
            high = variable.cuts[at - 1] if at - 1 < len(variable.cuts) else None
            known[id] = quantity.below(high, questions[id].type, low) if high is not None and at == 1 else low
        elif at:
            known[id] = variable.groups[at - 1][0]
    return known


def words_of(base: RuleBase, known: dict[str, Any]) -> str:
    """Answers on one line, as `--set` takes them."""
    if not known:
        return "no answers at all"
    spoken = (f"{id}={','.join(value) if isinstance(value, list) else profile.spoken(base.questions[id], value)}"
              for id, value in known.items())  # fmt: skip
    return " ".join(spoken)
