"""Reduced ordered decision diagrams over many-valued variables.

A node is a number. The first ones are terminals and mean themselves: 0 and 1 are false and true in a condition; an
outcome is the terminal of its option. Any other node tests a variable and has one child per class of it. Equal nodes
are one node, and a node whose children are all equal does not exist, so equal functions have equal numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dataarch.engine.roots import FALSE, TERMINALS, TRUE

LAST = 1 << 30
"""The variable of a terminal: behind all others."""


class Diagrams:
    """A growing set of nodes that share their parts."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = list(sizes)
        self.variable: list[int] = [LAST] * TERMINALS
        self.children: list[tuple[int, ...]] = [()] * TERMINALS
        self._unique: dict[tuple[int, tuple[int, ...]], int] = {}
        self._applied: dict[tuple[int, int, int], int] = {}
        self._chosen: dict[tuple[int, int, int], int] = {}
        self._supports: dict[int, set[int]] = {}

    def node(self, variable: int, children: tuple[int, ...]) -> int:
        """The node that tests a variable, or the child if all children are equal."""
        first = children[0]
        for child in children:
            if child != first:
                break
        else:
            return first
        key = (variable, children)
        found = self._unique.get(key)
        if found is None:
            found = self._unique[key] = len(self.variable)
            self.variable.append(variable)
            self.children.append(children)
        return found

    def atom(self, variable: int, classes: int) -> int:
        """The condition that a variable is in one of the classes of a bit mask."""
        return self.node(variable, tuple(classes >> c & 1 for c in range(self.sizes[variable])))

    def both(self, left: int, right: int) -> int:
        """And."""
        return self._apply(FALSE, left, right)

    def either(self, left: int, right: int) -> int:
        """Or."""
        return self._apply(TRUE, left, right)

    def choose(self, condition: int, then: int, otherwise: int) -> int:
        """`then` where the condition holds, else `otherwise`; both may lead to any terminals."""
        if condition in (FALSE, TRUE) or then == otherwise:
            return then if condition == TRUE else otherwise
        key = (condition, then, otherwise)
        found = self._chosen.get(key)
        if found is None:
            variable = min(self.variable[condition], self.variable[then], self.variable[otherwise])
            found = self._chosen[key] = self.node(
                variable,
                tuple(
                    self.choose(a, b, c)
                    for a, b, c in zip(
                        self._spread(condition, variable),
                        self._spread(then, variable),
                        self._spread(otherwise, variable),
                        strict=True,
                    )
                ),
            )
        return found

    def negated(self, condition: int) -> int:
        """Not."""
        return self.choose(condition, FALSE, TRUE)

    def implies(self, left: int, right: int) -> bool:
        """Whether a condition holds only where another one does. Nothing is built; the first exception ends it."""
        if left in (FALSE, right) or right == TRUE:
            return True
        if left == TRUE and right < TERMINALS:
            return False
        seen: set[tuple[int, int]] = set()
        pending = [(left, right)]
        while pending:
            one, other = pending.pop()
            variable = min(self.variable[one], self.variable[other])
            for pair in set(zip(self._spread(one, variable), self._spread(other, variable), strict=True)):
                held, wider = pair
                if held in (FALSE, wider) or wider == TRUE or pair in seen:
                    continue
                if wider == FALSE:  # in a reduced diagram every node but false leads to true
                    return False
                seen.add(pair)
                pending.append(pair)
        return True

    def count(self, number: int, conditions: Sequence[int]) -> int:
        """At least so many of the conditions hold."""
        if number <= 0:
            return TRUE
        if number > len(conditions):
            return FALSE
        rest = conditions[1:]
        return self.choose(conditions[0], self.count(number - 1, rest), self.count(number, rest))

    def mapped(self, root: int, function: Callable[[int], int]) -> int:
        """The diagram with every terminal replaced."""
        memo: dict[int, int] = {}

        def visit(node: int) -> int:
            if node < TERMINALS:
                return function(node)
            found = memo.get(node)
            if found is None:
                found = memo[node] = self.node(self.variable[node], tuple(map(visit, self.children[node])))
            return found

        return visit(root)

    def some(self, root: int, variables: set[int], firsts: Sequence[int]) -> int:
        """Where the condition holds for some class (from the variable's first on) of each of the variables."""
        memo: dict[int, int] = {}

        def visit(node: int) -> int:
            if node < TERMINALS:
                return node
            found = memo.get(node)
            if found is None:
                variable, children = self.variable[node], tuple(map(visit, self.children[node]))
                if variable in variables:
                    found = FALSE
                    for child in children[firsts[variable] :]:
                        found = self.either(found, child)
                else:
                    found = self.node(variable, children)
                memo[node] = found
            return found

        return visit(root)

    def reach(self, roots: Sequence[int]) -> list[int]:
        """Every node that is no terminal and hangs below the roots, each once, parents before children."""
        seen: set[int] = set()
        stack = [root for root in roots if root >= TERMINALS]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack += [child for child in self.children[node] if child >= TERMINALS and child not in seen]
        return sorted(seen, reverse=True)

    def support(self, root: int) -> set[int]:
        """The variables that a diagram tests."""
        if root not in self._supports:
            self._supports[root] = {self.variable[node] for node in self.reach([root])}
        return self._supports[root]

    def path(self, root: int, terminal: int) -> dict[int, int] | None:
        """One assignment of classes that leads to a terminal, or None; variables it does not name may be anything."""
        memo: dict[int, bool] = {}

        def leads(node: int) -> bool:
            if node < TERMINALS:
                return node == terminal
            if node not in memo:
                memo[node] = any(leads(child) for child in self.children[node])
            return memo[node]

        if not leads(root):
            return None
        found: dict[int, int] = {}
        while root >= TERMINALS:
            index = next(i for i, child in enumerate(self.children[root]) if leads(child))
            found[self.variable[root]] = index
            root = self.children[root][index]
        return found

    def _spread(self, node: int, variable: int) -> tuple[int, ...]:
        if self.variable[node] == variable:
            return self.children[node]
        return (node,) * self.sizes[variable]

    def _apply(self, absorbing: int, left: int, right: int) -> int:
        """And (absorbed by false) or or (absorbed by true) of two conditions."""
        if left == absorbing or right == absorbing:
            return absorbing
        if left < TERMINALS or left == right:
            return right
        if right < TERMINALS:
            return left
        if left > right:
            left, right = right, left
        key = (absorbing, left, right)
        found = self._applied.get(key)
        if found is None:
            a, b = self.variable[left], self.variable[right]
            if a == b:
                pairs = zip(self.children[left], self.children[right], strict=True)
                children = tuple(self._apply(absorbing, x, y) for x, y in pairs)
            elif a < b:
                children = tuple(self._apply(absorbing, x, right) for x in self.children[left])
            else:
                children = tuple(self._apply(absorbing, left, y) for y in self.children[right])
            found = self._applied[key] = self.node(min(a, b), children)
        return found
