"""Files for Neptune's bulk loader, as N-Triples: a node is a name, what is known of it and where it leads, triples."""

from collections.abc import Sequence
from urllib.parse import quote

import things
from things import Edge, Node

OWN, A = "urn:customer-360:", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_ABOVE = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
WORDS = {"bought": "last_bought"}  # what a relationship is called, too
# What is a kind of what: a question about interactions finds purchases, and one about parties finds households.
ONTOLOGY = {
    "Purchase": "Interaction", "Visit": "Interaction", "Order": "Purchase", "Invoice": "Purchase", "Session": "Visit",
    "Page": "Visit", "Customer": "Party", "Household": "Party", "Email": "Identity", "Phone": "Identity",
}  # fmt: skip


def files(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, str]:
    """Returns the file by its name; none where there is nothing to load."""
    lines = [line for node in nodes for line in _of(node)]
    for edge in edges:
        start, end = things.KINDS[edge.kind]
        lines.append(f"{name(start, edge.start)} <{OWN}{term(edge.kind)}> {name(end, edge.end)} .\n")
    if not lines:
        return {}
    ontology = [f"<{OWN}{kind}> <{_ABOVE}> <{OWN}{above}> .\n" for kind, above in sorted(ONTOLOGY.items())]
    return {"graph.nt": "".join([*ontology, *lines])}


def name(label: str, id: str) -> str:
    """Returns the name of a node.

    >>> name("Segment", "now and then")
    '<urn:customer-360:Segment/now%20and%20then>'
    """
    return f"<{OWN}{label}/{quote(id, safe=':@/')}>"


def term(kind: str) -> str:
    """Returns the name of a relationship.

    >>> term("HAS_RECORD")
    'hasRecord'
    """
    first, *others = kind.lower().split("_")
    return first + "".join(word.capitalize() for word in others)


def _of(node: Node) -> list[str]:
    subject = name(node.label, node.id)
    kind = str(node.properties.get("kind", node.label)).capitalize()
    lines = [f"{subject} <{A}> <{OWN}{kind if kind in ONTOLOGY else node.label}> .\n"]
    known = {WORDS.get(key, key): value for key, value in node.properties.items()}
    for key, value in {"id": node.id, **known}.items():
        if isinstance(value, bool):
            literal = f'"{str(value).lower()}"^^<{_XSD}boolean>'
        elif isinstance(value, int | float):
            literal = f'"{value}"^^<{_XSD}{"integer" if isinstance(value, int) else "double"}>'
        else:
            literal = f'"{_escaped(str(value))}"'
        lines.append(f"{subject} <{OWN}{key}> {literal} .\n")
    return lines


def _escaped(text: str) -> str:
    marks = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
    return "".join(marks.get(letter, letter) for letter in text)
