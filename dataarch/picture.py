"""The architecture as a picture: what was chosen, in the layers of the whitepaper, and what flows between them.

One model for every way of drawing it; nothing here knows a position or a colour.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dataarch.recommendation import Decided, Recommendation
from dataarch.rulebase.availability import status_on
from dataarch.rulebase.catalogue import Arrow, End
from dataarch.rulebase.model import NONE, RuleBase

END = "end"
"""The layer of what is no decision: the sources and the users."""


class Box(NamedTuple):
    """A decision that applies, with what was chosen, or one of the ends. `standing` is how sure the choice is, "" for
    an end; `names` are those of services, or of options where no single service stands behind one."""

    id: str
    title: str
    names: list[str]
    layer: str
    standing: str

    @property
    def open(self) -> bool:
        """Whether an answer that is missing could still change it."""
        return self.standing.startswith("open")


class Layer(NamedTuple):
    """A column of the picture, from left to right."""

    title: str
    boxes: list[Box]


class Picture(NamedTuple):
    """The whole picture. Every arrow leads from one box of it to another. `note` says which overlays are on the rules,
    and that they are unchecked, "" for the rules alone."""

    title: str
    layers: list[Layer]
    arrows: list[Arrow]
    note: str = ""

    @property
    def boxes(self) -> list[Box]:
        """All boxes, from left to right."""
        return [box for layer in self.layers for box in layer.boxes]


def picture(result: Recommendation, title: str = "") -> Picture:
    """The picture of what is recommended. Layers without a decision that applies are left out."""
    flows = result.engine.base.flows
    chosen = [one for one in result.decisions.values() if _chosen(one)]
    layers = [Layer(end.title, [_end(result, end)]) for end in flows.ends if end.place == "first"] if chosen else []
    placed: set[str] = set()
    for column in flows.columns:
        boxes = [_box(result, one) for one in chosen if result.engine.base.decisions[one.id].layer in column.layers]
        placed |= {box.id for box in boxes}
        layers += [Layer(column.title, boxes)] if boxes else []
    rest = [_box(result, one) for one in chosen if one.id not in placed]
    layers += [Layer("Other", rest)] if rest else []
    layers += [Layer(end.title, [_end(result, end)]) for end in flows.ends if end.place == "last"] if chosen else []
    there = {box.id for layer in layers for box in layer.boxes}
    arrows = _shortened([one for one in flows.arrows if {one.start, one.end} <= there])
    return Picture(title, layers, arrows, _note(result.engine.base))


def _note(base: RuleBase) -> str:
    laid = ", ".join(overlay.id for overlay in base.overlays)
    return f"With the rules of {laid}{'' if base.checked else ', unchecked'}" if laid else ""


def _chosen(one: Decided) -> list[str]:
    chosen = one.choice if isinstance(one.choice, list) else [one.choice] if one.choice else []
    return [option for option in chosen if option != NONE]


def _box(result: Recommendation, one: Decided) -> Box:
    base, chosen = result.engine.base, _chosen(one)
    decision = base.decisions[one.id]
    names = [
        status_on(base.services[option.service], result.view.day)["name"] if option.service else option.id
        for option in decision.options
        if option.id in chosen
    ]
    standing = "settled" if one.status == "settled" else f"open, {one.confidence}"
    return Box(one.id, decision.title, list(dict.fromkeys(names)), decision.layer, standing)


def _end(result: Recommendation, end: End) -> Box:
    questions, answers = result.engine.base.questions, result.profile.answers
    said: list[Any] = []
    for key in end.shows:
        value = answers[key].value if key in answers else []
        said += value if isinstance(value, list) else [value]
    labels = {id: label for key in end.shows for id, label in questions[key].values.items()}
    return Box(end.id, end.title, [labels.get(id, id) for id in said if id != NONE] or [end.otherwise], END, "")


def _shortened(arrows: list[Arrow]) -> list[Arrow]:
    """The arrows without those whose flow a longer way of other flows says already."""
    flows = [(one.start, one.end) for one in arrows if one.kind == "flow"]

    def reaches(start: str, end: str, without: tuple[str, str]) -> bool:
        pending, seen = [start], {start}
        while pending:
            at = pending.pop()
            for one in flows:
                if one[0] == at and one != without and one[1] not in seen:
                    if one[1] == end:
                        return True
                    seen.add(one[1])
                    pending.append(one[1])
        return False

    kept: list[Arrow] = []
    for one in arrows:
        pair = (one.start, one.end)
        if one.kind == "flow" and reaches(*pair, without=pair):
            flows.remove(pair)
        else:
            kept.append(one)
    return kept
