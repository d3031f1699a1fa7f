"""The classes of answers that the rules can tell apart: the variables of the decision diagrams.

| a variable for | its classes |
| --- | --- |
| a one-of or yes/no question, or free text | 0 unknown, then groups of values that no rule tells apart |
| a quantity | 0 unknown, then the intervals between the thresholds |
| a group of values of an any-of question that no rule tells apart | 0 none of them (or unknown), 1 at least one |

Only questions that a decision, a presupposition or a constraint tests have variables; they stand in interview order.
Of an any-of question with a variable, `none` always has one of its own: it excludes all the others.
"""

from bisect import bisect_right
from typing import Any, NamedTuple

from dataarch.quantity import UNITS
from dataarch.rulebase.model import NONE, OTHER, Condition, Question
from dataarch.rulebase.walk import atoms


class Variable(NamedTuple):
    """One variable. `groups` are the values of each class from 1 on; for a quantity `cuts` are the thresholds."""

    question: str
    kind: str
    groups: list[list[str]]
    cuts: list[int]

    @property
    def size(self) -> int:
        """How many classes it has, class 0 included."""
        return 2 if self.kind == "any-of" else 1 + (len(self.cuts) + 1 if self.kind == "quantity" else len(self.groups))

    @property
    def first(self) -> int:
        """The first class that a complete profile can have."""
        return 0 if self.kind == "any-of" else 1

    def class_of(self, value: Any) -> int:
        """The class of a known answer (a text, a list of texts, or a whole number)."""
        if self.kind == "quantity":
            return 1 + bisect_right(self.cuts, value)
        if self.kind == "any-of":
            return int(any(item in self.groups[0] for item in value))
        found = {text: index for index, group in enumerate(self.groups, 1) for text in group}
        return found[value if value in found else OTHER]


def variables(questions: dict[str, Question], conditions: list[Condition]) -> list[Variable]:
    """The variables that these conditions need, in interview order."""
    tested: dict[str, list[Condition]] = {}
    for condition in conditions:
        for atom in atoms(condition):
            if atom[0] != "outcome":
                tested.setdefault(atom[1], []).append(atom)
    found: list[Variable] = []
    for id in (id for id in questions if id in tested):
        question = questions[id]
        if question.type in UNITS:
            found.append(Variable(id, "quantity", [], sorted({atom[2] for atom in tested[id]})))
            continue
        groups: dict[tuple[bool, ...], list[str]] = {}
        for value in question.told_apart:
            apart = value == NONE and question.type == "any-of"
            groups.setdefault((apart, *(value in atom[2] for atom in tested[id])), []).append(value)
        if question.type == "any-of":
            found += [Variable(id, "any-of", [group], []) for seen, group in groups.items() if any(seen)]
        else:
            alike = [[OTHER] if question.type == "text" and OTHER in group else group for group in groups.values()]
            found.append(Variable(id, "one-of", alike, []))
    return found


def classes(atom: Condition, variable: Variable) -> int:
    """The classes of a variable for which a test of its question holds, as a bit mask."""
    kind, _, wanted = atom
    if variable.kind == "quantity":
        index = variable.cuts.index(wanted)
        return sum(1 << c for c in range(1, variable.size) if (c > index + 1 if kind == "from" else c <= index + 1))
    start = 1
    return sum(1 << c for c, group in enumerate(variable.groups, start) if group[0] in wanted)
