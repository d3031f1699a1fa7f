"""All evidence of a decision walked through together, until what is left can change nothing.

What has been met so far is a difference of points; an option that can no longer catch up is dropped with its criteria.
"""

from __future__ import annotations

from dataarch.engine.diagram import Diagrams
from dataarch.engine.roots import FALSE, NO_OPTION, OPTIONS, TRUE
from dataarch.rulebase.model import SELECTED_AT

DECISIVE = 1_000_000
"""More points than all others together."""


def contest(diagrams: Diagrams, size: int, evidence: list[tuple[int, int, int | None]]) -> int:
    """The diagram of the option that wins: evidence is (condition, option, points), points None to rule out."""
    memo: dict[object, int] = {}
    variable, children = diagrams.variable, diagrams.children

    def settle(pending: dict[tuple[int, int, bool], int], scores: list[int | None]) -> int:
        """Drops what can no longer win; then a terminal, or the node that tests the next variable."""
        up, down, may_fall = [0] * size, [0] * size, [False] * size
        for (_, option, rules_out), points in pending.items():
            if rules_out:
                may_fall[option] = True
            elif points > 0:
                up[option] += points
            else:
                down[option] += points
        for option in range(size):
            best = scores[option]
            if best is None:
                continue
            for rival in range(size):
                worst = scores[rival]
                if rival == option or worst is None or may_fall[rival]:
                    continue
                lead = worst + down[rival] - best - up[option]
                if lead > 0 or (lead == 0 and rival < option):
                    scores[option] = None
                    break
        live = [option for option in range(size) if scores[option] is not None]
        if not live:
            return NO_OPTION
        pending = {key: points for key, points in pending.items() if scores[key[1]] is not None}
        if len(live) == 1:
            pending = {key: points for key, points in pending.items() if key[2]}
        if not pending:
            return OPTIONS + live[0] if len(live) == 1 else OPTIONS + max(live, key=lambda o: (scores[o], -o))
        least = 0 if len(live) > 1 else scores[live[0]]
        if len(live) > 1:
            least = min(score for score in scores if score is not None)
        state = tuple(None if score is None else score - (least or 0) for score in scores)
        key = (state, tuple(sorted(pending.items())))
        found = memo.get(key)
        if found is None:
            found = memo[key] = branch(pending, list(state))
        return found

    def branch(pending: dict[tuple[int, int, bool], int], scores: list[int | None]) -> int:
        top = min(variable[node] for node, _, _ in pending)
        moving = [(key, points) for key, points in pending.items() if variable[key[0]] == top]
        resting = {key: points for key, points in pending.items() if variable[key[0]] != top}
        results = []
        for index in range(diagrams.sizes[top]):
            after, rest = list(scores), dict(resting)
            for (node, option, rules_out), points in moving:
                _take(children[node][index], option, rules_out, points, after, rest)
            results.append(settle(rest, after))
        return diagrams.node(top, tuple(results))

    scores: list[int | None] = [0] * size
    pending: dict[tuple[int, int, bool], int] = {}
    for node, option, points in evidence:
        _take(node, option, points is None, points or 0, scores, pending)
    return settle(pending, scores)


def selection(diagrams: Diagrams, evidence: list[tuple[int, int | None]]) -> int:
    """The diagram of whether an option reaches the points to be selected: evidence is (condition, points), points None
    to rule it out."""
    memo: dict[object, int] = {}
    variable, children = diagrams.variable, diagrams.children

    def settle(pending: dict[tuple[int, bool], int], score: int) -> int:
        """A terminal where nothing open can change it, or the node that tests the next variable."""
        if score + sum(points for points in pending.values() if points > 0) < SELECTED_AT:
            return FALSE
        if score + sum(points for points in pending.values() if points < 0) >= SELECTED_AT:
            pending = {key: 0 for key in pending if key[1]}
            score = SELECTED_AT
            if not pending:
                return TRUE
        key = (score, tuple(sorted(pending.items())))
        found = memo.get(key)
        if found is None:
            top = min(variable[node] for node, _ in pending)
            moving = [(one, points) for one, points in pending.items() if variable[one[0]] == top]
            resting = {one: points for one, points in pending.items() if variable[one[0]] != top}
            results = [branch(moving, dict(resting), score, index) for index in range(diagrams.sizes[top])]
            found = memo[key] = diagrams.node(top, tuple(results))
        return found

    def branch(moving: list[tuple[tuple[int, bool], int]], pending: dict[tuple[int, bool], int], score: int,
               index: int) -> int:  # fmt: skip
        for (node, rules_out), points in moving:
            child = children[node][index]
            if child == TRUE and rules_out:
                return FALSE
            if child == TRUE:
                score += points
            elif child != FALSE:
                pending[child, rules_out] = pending.get((child, rules_out), 0) + points
        return settle({key: points for key, points in pending.items() if points or key[1]}, score)

    pending: dict[tuple[int, bool], int] = {}
    score = 0
    for node, points in evidence:
        if node == TRUE and points is None:
            return FALSE
        if node == TRUE:
            score += points or 0
        elif node != FALSE:
            pending[node, points is None] = pending.get((node, points is None), 0) + (points or 0)
    return settle({key: points for key, points in pending.items() if points or key[1]}, score)


def _take(node: int, option: int, rules_out: bool, points: int, scores: list[int | None],
          pending: dict[tuple[int, int, bool], int]) -> None:  # fmt: skip
    """Counts a piece of evidence that has come true, drops a false one, keeps an open one."""
    score = scores[option]
    if node == FALSE or score is None:
        return
    if node == TRUE:
        scores[option] = None if rules_out else score + points
    else:
        key = (node, option, rules_out)
        total = pending.get(key, 0) + points
        if total or rules_out:
            pending[key] = total
        else:
            del pending[key]
