"""Questions put to finished diagrams: what could still come out, what it depends on, what a single edit would change.

All nodes stand in one array of whole numbers of 32 bits. A number below TERMINALS is a terminal; any other node is the
place in the array at which its variable stands, followed by one child per class. The array is built with the wheel and
only read here.
"""

import sys
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from dataarch.engine.classes import Variable
from dataarch.engine.roots import FALSE, TERMINALS, TRUE, Roots

if TYPE_CHECKING:
    from dataarch.engine.compile import Compiler

Json = dict[str, Any]


class Scope(NamedTuple):
    """What a root can still come to: the terminals that some valid completion reaches and the variables that the
    outcome still depends on, both as bit masks."""

    terminals: int
    depends: int

    @property
    def settled(self) -> bool:
        """Whether all valid completions agree."""
        return self.terminals & (self.terminals - 1) == 0


class Graph:
    """Diagrams ready to be asked. `guards` holds, per root, the diagrams of the valid profiles that matter to it;
    `valid` the diagrams that together lead to true for a valid profile, no two of which test the same variable."""

    def __init__(self, variables: list[Variable], nodes: Sequence[int], roots: dict[str, Roots],
                 guards: dict[int, list[int]], valid: list[int]) -> None:  # fmt: skip
        self.variables, self.nodes, self.roots, self.guards, self.valid = variables, nodes, roots, guards, valid
        self._blank: dict[int, Scope] = {}
        self._kept: dict[str, list[int]] = {}
        self.spans = [(variable.first, variable.size) for variable in variables]
        self.of_question: dict[str, list[int]] = {}
        for index, variable in enumerate(variables):
            self.of_question.setdefault(variable.question, []).append(index)

    def classes(self, known: dict[str, Any]) -> list[int]:
        """The class of every variable for known answers; -1 where the answer is unknown."""
        found = [-1] * len(self.variables)
        for question, value in known.items():
            for index in self.of_question.get(question, ()):
                found[index] = self.variables[index].class_of(value)
        return found

    def scopes(self, roots: Sequence[int], classes: list[int]) -> list[Scope]:
        """What each root can still come to over all valid completions of the known classes."""
        if max(classes, default=-1) < 0:
            return [self.blank()[root] for root in roots]
        reduced = _Reduced(self, classes)
        return [reduced.scope(root) for root in roots]

    def tested(self, root: int) -> list[int]:
        """The variables on whose classes it hangs what a root can still come to, constraints included."""
        seen = self.blank()[root].depends
        found = {index for index in range(seen.bit_length()) if seen >> index & 1}
        for guard in self.guards.get(root, ()):
            found |= self._support(guard)
        return sorted(found)

    def _support(self, root: int) -> set[int]:
        """The variables that a diagram tests."""
        seen, pending = set[int](), [root]
        while pending:
            node = pending.pop()
            if node >= TERMINALS and node not in seen:
                seen.add(node)
                pending += self.nodes[node + 1 : node + 1 + self.spans[self.nodes[node]][1]]
        return {self.nodes[node] for node in seen}

    def blank(self) -> dict[int, Scope]:
        """What each root can come to where nothing is known; the variables it depends on then are all that it tests."""
        if self._kept:
            self._blank, self._kept = {int(root): Scope(*scope) for root, scope in self._kept.items()}, {}
        if not self._blank:
            tops = list(dict.fromkeys(root for roots in self.roots.values() for root in roots.all()))
            reduced = _Reduced(self, [-1] * len(self.variables))
            self._blank = {root: reduced.scope(root) for root in tops}
        return self._blank

    def packed(self) -> tuple[Json, bytes]:
        """What JSON can hold of it, and the nodes as little-endian bytes."""
        head = {
            "blank": {str(root): list(scope) for root, scope in self.blank().items()},
            "variables": [list(variable) for variable in self.variables],
            "roots": {id: list(roots) for id, roots in self.roots.items()},
            "guards": {str(root): guards for root, guards in self.guards.items()},
            "valid": self.valid,
        }
        return head, _little(array("i", self.nodes)).tobytes()

    @classmethod
    def unpacked(cls, data: Json, content: bytes | memoryview) -> "Graph":
        """The graph of `packed`."""
        nodes = array("i")
        nodes.frombytes(content)
        nodes = _little(nodes)
        made = cls(
            [Variable(*entry) for entry in data["variables"]],
            nodes,
            {id: Roots(*entry) for id, entry in data["roots"].items()},
            {int(root): guards for root, guards in data["guards"].items()},
            data["valid"],
        )
        made._kept = data["blank"]
        return made

    @classmethod
    def of(cls, compiler: "Compiler") -> "Graph":
        """The finished graph of what a compiler has built: only what queries reach, laid out anew."""
        diagrams, roots = compiler.diagrams, compiler.roots
        parts = compiler.valid()
        guards, valid = _guards(compiler, parts), [node for _, node in parts]
        tops = [node for r in roots.values() for node in r.all()]
        kept = diagrams.reach([*tops, *valid, *(guard for found in guards.values() for guard in found)])[::-1]
        nodes = array("i", [0] * TERMINALS)
        place = {node: node for node in range(TERMINALS)}
        for node in kept:
            place[node] = len(nodes)
            nodes.append(diagrams.variable[node])
            nodes.extend(place[child] for child in diagrams.children[node])
        return cls(
            compiler.variables,
            nodes,
            {id: Roots(place.get(r.applies, 0), place[r.outcome], [place[s] for s in r.selected])
             for id, r in roots.items()},
            {place[root]: [place[guard] for guard in found] for root, found in guards.items()},
            [place[node] for node in valid],
        )  # fmt: skip


class Walk:
    """The way of one profile through the diagrams, a test of an unknown answer not holding."""

    def __init__(self, graph: Graph, classes: list[int]) -> None:
        self.graph = graph
        self.classes = [max(at, 0) for at in classes]
        self._ends: dict[int, int] = {}

    def terminal(self, node: int) -> int:
        """The terminal that the profile comes to from a node."""
        nodes, classes, ends = self.graph.nodes, self.classes, self._ends
        passed = []
        while node >= TERMINALS:
            end = ends.get(node)
            if end is not None:
                node = end
                break
            passed.append(node)
            node = nodes[node + 1 + classes[nodes[node]]]
        for one in passed:
            ends[one] = node
        return node

    def changes(self, root: int) -> dict[tuple[int, int], int]:
        """Each single change of class that leads to another terminal: (variable, class) → terminal.

        Only variables on the profile's way can do that.
        """
        nodes, classes, spans, ends = self.graph.nodes, self.classes, self.graph.spans, self._ends
        here, found, path = self.terminal(root), {}, []
        while root >= TERMINALS:
            path.append(root)
            root = nodes[root + 1 + classes[nodes[root]]]
        for node in path:
            index = nodes[node]
            first, size = spans[index]
            own = nodes[node + 1 + classes[index]]
            for other in range(first, size):
                child = nodes[node + 1 + other]
                if child != own:
                    there = child  # `terminal` in place: a recommendation is for a tenth this
                    while there >= TERMINALS:
                        end = ends.get(there)
                        there = nodes[there + 1 + classes[nodes[there]]] if end is None else end
                    if child >= TERMINALS:
                        ends[child] = there
                    if there != here:
                        found[index, other] = there
        return found


class _Reduced:
    """Diagrams under known classes, reduced again: a node is (variable, children), the unknown class left out."""

    def __init__(self, graph: Graph, classes: list[int]) -> None:
        self.graph, self.classes = graph, classes
        self.kept: list[tuple[int, ...]] = [()] * TERMINALS
        self.terminals = [1 << terminal for terminal in range(TERMINALS)]
        self.depends = [0] * TERMINALS
        self._spans = [(first + 1, size + 1) for first, size in graph.spans]
        self._unique: dict[tuple[int, ...], int] = {}
        self._memo: dict[int, int] = {}

    def scope(self, root: int) -> Scope:
        """What one root can still come to."""
        node = self._reduce(root)
        terminals, depends = self.terminals[node], self.depends[node]
        if terminals & (terminals - 1) and root in self.graph.guards:
            guards = {self._reduce(guard) for guard in self.graph.guards[root]}
            guards.discard(TRUE)
            if guards and FALSE not in guards:  # false: no completion is valid, and then nothing is ruled out by that
                terminals = self._guarded(node, tuple(sorted(guards)), {})
        return Scope(terminals, depends)

    def _reduce(self, node: int) -> int:
        nodes, classes = self.graph.nodes, self.classes
        while node >= TERMINALS:
            variable = nodes[node]
            at = classes[variable]
            if at < 0:
                break
            node = nodes[node + 1 + at]
        else:
            return node
        found = self._memo.get(node)
        if found is not None:
            return found
        start, end = self._spans[variable]
        if end == 3 and start == 1:  # a group of values: absent or present
            absent, present = self._reduce(nodes[node + 1]), self._reduce(nodes[node + 2])
            found = absent if absent == present else self._node((variable, absent, present))
        else:
            children = [self._reduce(child) for child in nodes[node + start : node + end]]
            found = children[0]
            if children.count(found) < len(children):
                found = self._node((variable, *children))
        self._memo[node] = found
        return found

    def _node(self, key: tuple[int, ...]) -> int:
        found = self._unique.get(key)
        if found is None:
            found = self._unique[key] = len(self.kept)
            terminals, depends = 0, 1 << key[0]
            for child in key[1:]:
                terminals |= self.terminals[child]
                depends |= self.depends[child]
            self.kept.append(key)
            self.terminals.append(terminals)
            self.depends.append(depends)
        return found

    def _guarded(self, node: int, guards: tuple[int, ...], memo: dict[tuple[int, ...], int]) -> int:
        """The terminals that valid completions reach; a guard that is left always allows some."""
        terminals = self.terminals[node]
        if not guards or terminals & (terminals - 1) == 0:
            return terminals
        key = (node, *guards)
        found = memo.get(key)
        if found is not None:
            return found
        kept, found = self.kept, 0
        variable = kept[node][0]
        top = min(variable, *(kept[guard][0] for guard in guards))
        start, end = self._spans[top]
        for index in range(1, end - start + 1):
            child = kept[node][index] if variable == top else node
            rest = {kept[guard][index] if kept[guard][0] == top else guard for guard in guards}
            if FALSE not in rest:
                rest.discard(TRUE)
                found |= self._guarded(child, tuple(sorted(rest)), memo)
                if found == terminals:
                    break
        memo[key] = found
        return found


def _guards(compiler: "Compiler", parts: list[tuple[set[int], int]]) -> dict[int, list[int]]:
    """Per root that a constraint can touch, the diagrams of the valid profiles that matter to it."""
    diagrams, variables = compiler.diagrams, compiler.variables
    firsts = [variable.first for variable in variables]
    guards: dict[int, list[int]] = {}
    for root in {node for roots in compiler.roots.values() for node in roots.all()}:
        own, found = diagrams.support(root), []
        for support, valid in parts:
            if own & support:
                alone = len({variables[index].question for index in support}) == 1
                found.append(diagrams.some(valid, support - own, firsts) if alone else valid)
        found = [guard for guard in found if guard != TRUE]
        if found:
            guards[root] = found
    return guards


def _little(numbers: "array[int]") -> "array[int]":
    """The same numbers in little-endian order, whatever the machine's own is (and back again)."""
    if numbers.itemsize != 4:
        raise OverflowError("this machine's C int is not 32 bits wide")
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
