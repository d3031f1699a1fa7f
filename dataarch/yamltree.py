"""YAML read strictly, as a tree that knows its lines.

Every scalar is text, so nothing is guessed (`no` is not false, `12:30` is no number). Anchors, aliases, tags,
duplicate keys, several documents and deep nesting are refused: what is read here may come from strangers.
"""

from __future__ import annotations

from typing import TypeAlias

from dataarch.errors import Finding, Place, UserError

_DEPTH = 50
_TOO_DEEP = f"is nested more than {_DEPTH} levels deep."
_NULLS = ("", "~", "null", "Null", "NULL")


class Scalar:
    """A text with its line; `plain` tells an unquoted one, of which `null` and `~` mean nothing."""

    __slots__ = ("line", "plain", "text")

    def __init__(self, text: str, line: int, plain: bool = True) -> None:
        self.text, self.line, self.plain = text, line, plain

    @property
    def null(self) -> bool:
        """Whether this says "no value"."""
        return self.plain and self.text in _NULLS


class Sequence:
    """A list with its line."""

    __slots__ = ("items", "line")

    def __init__(self, items: list[Tree], line: int) -> None:
        self.items, self.line = items, line


class Mapping:
    """A mapping with its line; `lines` holds the line of each key."""

    __slots__ = ("entries", "line", "lines")

    def __init__(self, line: int) -> None:
        self.entries: dict[str, Tree] = {}
        self.lines: dict[str, int] = {}
        self.line = line


Tree: TypeAlias = Scalar | Sequence | Mapping


def parse(text: str, file: str) -> Tree | None:
    """The one document of a YAML text, or None where it holds none. Raises UserError with the line."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _document(yaml.parse(text, Loader=loader), file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(error.problem or error.context or "it cannot be read").split())
        place = Place(file, mark.line + 1 if mark else 0)
        if "nesting depth" in problem:  # newer parsers look ahead further than we go, and refuse it first
            raise UserError.at(place, _TOO_DEEP) from None
        raise UserError.at(place, f"is not valid YAML: {problem}.") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UserError.at(Place(file, line), "holds a character that YAML does not allow.") from None


def _document(events: object, file: str) -> Tree | None:
    """Builds the tree from parser events, without recursion."""
    root: Tree | None = None
    stack: list[tuple[Mapping | Sequence, list[Scalar]]] = []
    findings: list[Finding] = []
    documents = 0
    for event in events:  # type: ignore[attr-defined]
        kind = type(event).__name__
        place = Place(file, event.start_mark.line + 1 if event.start_mark else 0)
        if kind == "AliasEvent" or getattr(event, "anchor", None) is not None:
            raise UserError.at(place, "uses a YAML anchor or alias, which is not accepted here.")
        if getattr(event, "tag", None) is not None and event.tag != "!":
            raise UserError.at(place, f"uses the YAML tag {event.tag[:60]!r}, which is not accepted here.")
        node: Tree
        if kind == "DocumentStartEvent":
            documents += 1
            if documents > 1:
                raise UserError.at(place, "holds a second YAML document; one is read.")
            continue
        if kind == "ScalarEvent":
            node = Scalar(event.value, place.line, not event.style)
        elif kind == "SequenceStartEvent":
            node = Sequence([], place.line)
        elif kind == "MappingStartEvent":
            node = Mapping(place.line)
        else:
            if kind in ("SequenceEndEvent", "MappingEndEvent"):
                stack.pop()
            continue
        if not stack:
            root = node
        else:
            parent, key = stack[-1]
            if isinstance(parent, Sequence):
                parent.items.append(node)
            elif key:
                name = key.pop()
                if name.text in parent.entries:
                    first = parent.lines[name.text]
                    findings.append(Finding(place._replace(line=name.line), f"has the key {name.text[:60]!r} a second"
                                            f" time (first in line {first})."))  # fmt: skip
                parent.entries[name.text], parent.lines[name.text] = node, name.line
            elif isinstance(node, Scalar):
                key.append(node)
                continue
            else:
                raise UserError.at(place, "has a list or a mapping where a key belongs.")
        if not isinstance(node, Scalar):
            stack.append((node, []))
            if len(stack) > _DEPTH:
                raise UserError.at(place, _TOO_DEEP)
    if findings:
        raise UserError(*findings)
    return root
