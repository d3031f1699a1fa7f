"""The profile graph: which nodes and relationships there are of what the views hold.

Relationships have no properties, so that one is there or is not, in a property graph as in triples.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Row = Mapping[str, str]

# Each kind of relationship, and between which nodes it leads.
KINDS = {
    "HAS_RECORD": ("Customer", "Record"),
    "IDENTIFIED_BY": ("Record", "Identity"),
    "LIVES_IN": ("Customer", "Household"),
    "IN_SEGMENT": ("Customer", "Segment"),
    "BOUGHT": ("Customer", "Product"),
    "DID": ("Customer", "Interaction"),
    "ABOUT": ("Interaction", "Product"),
    "NEXT": ("Interaction", "Interaction"),
}
NUMBERS = {"returns", "value", "spent", "amount"}
COUNTS = {"purchases", "quantity", "members"}
FLAGS = {"marketing", "profiling"}
_PURCHASES = ("order", "invoice")


class Node(NamedTuple):
    """A node: its label, its id among those of the label, and what is known of it."""

    label: str
    id: str
    properties: dict[str, Any]


class Edge(NamedTuple):
    """A relationship of a kind from one id to another."""

    kind: str
    start: str
    end: str


def customers(profiles: Mapping[str, Mapping[str, Any]]) -> tuple[list[Node], list[Edge]]:
    """Returns customers, their records and their segments."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    for id, profile in profiles.items():
        known = {name: profile.get(name) for name in ("purchases", "spent", "last_purchase", "bought")}
        known |= {name: profile.get(name) for name in ("segment", "returns", "value")}
        for name, attribute in profile["attributes"].items():
            known |= {name: attribute["value"], f"{name}_from": attribute["from"]}
        nodes.append(Node("Customer", id, typed({**profile["consent"], **known})))
        for record in profile["records"]:
            nodes.append(Node("Record", record, {"source": record.partition(":")[0]}))
            edges.append(Edge("HAS_RECORD", id, record))
        if profile.get("segment"):
            edges.append(Edge("IN_SEGMENT", id, profile["segment"]))
    nodes += [Node("Segment", name, {}) for name in sorted({edge.end for edge in edges if edge.kind == "IN_SEGMENT"})]
    return nodes, edges


def identities(persons: Iterable[Row]) -> tuple[list[Node], list[Edge]]:
    """Returns the e-mail addresses and phone numbers by which records are known; several may share one."""
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for row in persons:
        for kind in ("email", "phone"):
            if row[kind]:
                id = f"{kind}:{row[kind]}"
                nodes[id] = Node("Identity", id, {"kind": kind, "known_as": row[kind]})
                edges.append(Edge("IDENTIFIED_BY", row["record_id"], id))
    return list(nodes.values()), edges


def households(rows: Iterable[Row]) -> tuple[list[Node], list[Edge]]:
    """Returns the households of several customers, and who lives in them."""
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for row in rows:
        nodes[row["household_id"]] = Node("Household", row["household_id"], typed({"members": row["members"]}))
        edges.append(Edge("LIVES_IN", row["customer_id"], row["household_id"]))
    return list(nodes.values()), edges


def journeys(rows: Sequence[Row]) -> tuple[list[Node], list[Edge]]:
    """Returns what customers did, one thing after the other, and about which products; rows are in order of time."""
    nodes: dict[tuple[str, str], Node] = {}
    edges: dict[Edge, None] = {}
    last: dict[str, str] = {}
    products = {row["detail"] for row in rows if row["kind"] in _PURCHASES and row["detail"]}
    for row in rows:
        id = f"{row['origin']}/{row['event_id']}"
        known = {name: row[name] for name in ("kind", "at", "amount", "quantity", "detail")}
        nodes["Interaction", id] = Node("Interaction", id, typed(known))
        edges[Edge("DID", row["customer_id"], id)] = None
        if row["customer_id"] in last:
            edges[Edge("NEXT", last[row["customer_id"]], id)] = None
        last[row["customer_id"]] = id
        product = row["detail"].rpartition("/")[2]
        if product in products and row["kind"] in (*_PURCHASES, "page"):
            edges[Edge("ABOUT", id, product)] = None
            if row["kind"] in _PURCHASES:
                edges[Edge("BOUGHT", row["customer_id"], product)] = None
    found = [*nodes.values(), *(Node("Product", name, {}) for name in sorted(products))]
    return found, list(edges)


def typed(known: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what is known, as numbers and flags where it is one.

    >>> typed({"members": "2", "value": "1.5", "segment": None})
    {'members': 2, 'value': 1.5}
    """
    found: dict[str, Any] = {}
    for name, value in known.items():
        if value is None or value == "":
            continue
        kind: Any = float if name in NUMBERS else int if name in COUNTS else bool if name in FLAGS else str
        found[name] = kind(value)
    return found
