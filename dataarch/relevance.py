"""Which questions still matter: those that can still change the pattern, then the decisions in scope.

In scope are the decisions that realise a step of the leading pattern, and those that apply whatever else is answered.
A question matters while the outcome of an open decision in scope depends on it; that is read off the decision
diagrams and so exact. Constraints count for whether a decision is settled, not for what it depends on: two answers
that determine each other would each seem not to matter.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from dataarch.engine.engine import Engine
from dataarch.engine.graph import Scope
from dataarch.engine.roots import FALSE, NA
from dataarch.engine.trace import Tracer, Tracing
from dataarch.errors import Place
from dataarch.profile import Answer, Profile
from dataarch.recommendation import PATTERN
from dataarch.rulebase.walk import questions_in

Known = dict[str, Any]
ON_PATTERN, ON_LAYERS, OPTIONAL, DONE = "pattern", "layers", "optional", "done"
_NOWHERE = Place("")


class Standing(NamedTuple):
    """Where a profile stands.

    `choices` holds the leading outcome of every decision in scope that applies (option ids), the pattern first;
    `open` those of them that are not settled, and others in scope that may turn out to apply; `questions` maps what can
    be asked now, in interview order, to the decisions that hang on it; `phase` says what these questions are for.
    """

    phase: str
    choices: dict[str, list[str]]
    open: list[str]
    questions: dict[str, list[str]]


class Relevance:
    """A rule base under one view, ready to say for any answers which questions still matter."""

    def __init__(self, engine: Engine, basis: str = "all", day: str = "", *, thorough: bool = False) -> None:
        """`thorough` puts every decision in scope."""
        self.engine, self.thorough = engine, thorough
        self.view = engine.view(basis, day)
        self.graph = engine.graph(self.view)
        self._tracing = Tracing(engine)
        self._roots = [(id, root, self.graph.tested(root)) for id, r in self.graph.roots.items() for root in r.all()]
        self._seen: dict[tuple[int, ...], Scope] = {}

    def standing(self, known: Known, declined: Collection[str] = ()) -> Standing:
        """Where these answers stand; `declined` are questions asked before whose answers are not known."""
        bits, _ = self.engine.bits(known)
        verdicts = self.view.evaluate(bits)
        tracer = self._tracing.of(Profile({id: Answer(value, _NOWHERE) for id, value in known.items()}), verdicts)
        scopes = self._scopes(known)
        hanging = {id: self._depends(found) for id, found in scopes.items()}

        leading = [self.engine.base.decisions[PATTERN].options[place].id for place in verdicts[PATTERN].chosen]
        in_scope = [PATTERN, *self._in_scope(leading, scopes)]
        choices = {}
        for id in in_scope:
            if verdicts[id].applies:
                options = self.engine.base.decisions[id].options
                choices[id] = [options[place].id for place in verdicts[id].chosen]
        left = [id for id in in_scope if not all(scope.settled for scope in scopes[id])]
        matter = {id: [d for d in left if id in hanging[d]] for id in self.engine.base.questions}
        askable = {
            id: found for id, found in matter.items() if found and self._can_be_asked(id, known, declined, tracer)
        }
        if on_pattern := {id: found for id, found in askable.items() if PATTERN in found}:
            return Standing(ON_PATTERN, choices, left, on_pattern)
        if askable:
            return Standing(ON_LAYERS, choices, left, askable)
        optional = self._optional(known, declined, tracer)
        return Standing(OPTIONAL if optional else DONE, choices, left, {key: [] for key in optional})

    def _scopes(self, known: Known) -> dict[str, list[Scope]]:
        """What each decision can still come to, per root; worked out anew only where an answer can have changed it."""
        classes = self.graph.classes(known)
        keys = [(root, *(classes[index] for index in tested)) for _, root, tested in self._roots]
        missing = {key: key[0] for key in keys if key not in self._seen}
        self._seen |= zip(missing, self.graph.scopes(list(missing.values()), classes), strict=True)
        found: dict[str, list[Scope]] = {}
        for (id, _, _), key in zip(self._roots, keys, strict=True):
            found.setdefault(id, []).append(self._seen[key])
        return found

    def _in_scope(self, leading: list[str], scopes: dict[str, list[Scope]]) -> list[str]:
        patterns = self.engine.base.patterns
        realise = {id for option in leading if option in patterns for s in patterns[option].steps for id in s.decisions}
        return [
            id for id in self.engine.base.decisions
            if id != PATTERN and (self.thorough or id in realise or self._applies(id, scopes[id][0]))
        ]  # fmt: skip

    def _applies(self, id: str, scope: Scope) -> bool:
        """Whether a decision applies in every completion, told from its first root."""
        never = FALSE if self.graph.roots[id].selected else NA
        return not scope.terminals & 1 << never

    def _depends(self, scopes: list[Scope]) -> set[str]:
        """The questions on which the outcome still depends."""
        depends = 0
        for scope in scopes:
            if not scope.settled:
                depends |= scope.depends
        variables = self.graph.variables
        return {variables[index].question for index in range(depends.bit_length()) if depends >> index & 1}

    def _can_be_asked(self, id: str, known: Known, declined: Collection[str], tracer: Tracer) -> bool:
        """Whether a question is unanswered, applicable, and waits for no other question that is still to come."""
        if id in known or id in declined:
            return False
        presupposes = self.engine.base.questions[id].presupposes
        applies = tracer.holds(presupposes) if presupposes else True
        if applies is None:
            return all(other in known or other in declined for other in questions_in(presupposes or []))
        return applies

    def _optional(self, known: Known, declined: Collection[str], tracer: Tracer) -> list[str]:
        """Questions that no decision needs, but a warning, an estimate or a name."""
        questions = self.engine.base.questions
        wanted = {id for id, question in questions.items() if question.optional}
        for warning in self.engine.base.warnings:
            wanted |= tracer.missing(warning.when)
        return [id for id in questions if id in wanted and self._can_be_asked(id, known, declined, tracer)]
