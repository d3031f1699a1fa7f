"""Files for Neptune's bulk loader, in its CSV for openCypher: nodes by label, relationships in one file."""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Sequence

import things
from things import Edge, Node


def files(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, str]:
    """Returns the files by name; none where there is nothing to load."""
    found: dict[str, str] = {}
    labels: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        labels[node.label].append(node)
    for label, alike in sorted(labels.items()):
        names = sorted({name for node in alike for name in node.properties})
        rows = [
            [id_of(label, node.id), node.id, *(_text(node.properties.get(name)) for name in names), label]
            for node in alike
        ]
        found[f"nodes-{label}.csv"] = _csv([":ID", "id:String", *map(_heading, names), ":LABEL"], rows)
    if edges:
        between = [(*things.KINDS[edge.kind], edge) for edge in edges]
        ends = [
            [id_of(start, edge.start), id_of(end, edge.end), edge.kind]
            for start, end, edge in sorted(between, key=lambda one: one[2])
        ]
        named = [[hashlib.sha256("\t".join(row).encode()).hexdigest()[:24], *row] for row in ends]
        found["relationships.csv"] = _csv([":ID", ":START_ID", ":END_ID", ":TYPE"], named)
    return found


def id_of(label: str, id: str) -> str:
    """Returns the id of a node among all of the graph.

    >>> id_of("Customer", "c1")
    'Customer/c1'
    """
    return f"{label}/{id}"


def _heading(name: str) -> str:
    kinds = {"Double": things.NUMBERS, "Int": things.COUNTS, "Bool": things.FLAGS}
    return f"{name}:{next((kind for kind, names in kinds.items() if name in names), 'String')}"


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _csv(heading: list[str], rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([heading, *rows])
    return text.getvalue()
