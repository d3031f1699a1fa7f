"""A service in a rule file: its dated history and its limits, YAML in, a plain mapping of the rule document out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dataarch import quantity
from dataarch.rulebase.entries import Entry, Reading
from dataarch.rulebase.fields import Fields
from dataarch.rulebase.model import YES_NO
from dataarch.rulebase.shape import unique
from dataarch.spelling import shown
from dataarch.yamltree import Tree

STATUSES = ("launched", "renamed", "legacy", "closed-to-new", "sunset", "ended")
CONFIDENCES = ("verified", "inferred", "secondary", "memory")
BOUNDS = ("at-most", "at-least")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[1-9]")
_RESOURCE_TYPE = re.compile(r"AWS::[A-Za-z0-9]+::([A-Za-z0-9]+|\*)")
_PRODUCT = ("rate", "size")


def amount(value: str, kinds: Sequence[str]) -> int:
    """The figure of a limit in the smallest unit of what it bounds: of one quantity, or of a rate times a size, which
    is bytes in a second. Raises QuantityError.

    >>> amount("10 MiB", ["size"]), amount("200 MB/s", ["rate", "size"])
    (10485760, 200000000)
    """
    if len(kinds) == 1:
        return quantity.parse(value, kinds[0])
    size, slash, each = value.rpartition("/")
    if not slash or each.strip() != "s":
        raise quantity.QuantityError("is no size in a second (written like 200 MB/s)")
    return quantity.parse(size, "size")


def service(tree: Tree, file: str, layer: str, reading: Reading) -> Entry:
    """A service with its dated history, oldest first."""
    fields = reading.fields(tree, file, "a service")
    entry: Entry = {
        "id": fields.id(),
        "name": fields.text("name"),
        "layer": layer,
        "resource_types": _resource_types(fields),
        "existing_platform": fields.text("existing_platform", required=False),
        "history": [],
        "reference": reading.reference(fields),
        "note": fields.text("note", required=False),
        "limits": [],
        "at": str(fields.place()),
    }
    history = fields.tree("history")
    for item in fields.items("history") if history is not None and getattr(history, "items", True) else []:
        change = reading.fields(item, file, f"a change of {entry['id']}")
        entry["history"].append(
            {
                "status": change.one_of("status", STATUSES),
                "since": change.date("since"),
                "name": change.text("name", required=False),
                "ends": change.date("ends", required=False),
                "replacement": change.texts("replacement"),
                "replacement_basis": change.one_of("replacement_basis", ("aws", "project"), required=False),
                "reference": reading.reference(change),
                "confidence": change.one_of("confidence", CONFIDENCES),
                "at": str(change.place()),
            }
        )
        change.end()
    days = [change["since"] for change in entry["history"]]
    if days != sorted(days):
        reading.findings.add(fields.place("history"), f"the history of {entry['id']} must stand oldest first.")
    platforms = reading.words.questions.get("existing_platforms", ("", []))[1]
    if entry["existing_platform"]:
        place = fields.place("existing_platform")
        reading.findings.known(entry["existing_platform"], platforms, place, "the existing platform")
    entry["lacking"] = _lacking(fields.tree("lacking"), file, entry["id"], reading)
    entry["limits"] = [_limit(item, file, entry["id"], reading) for item in fields.items("limits")]
    unique(entry["limits"], f"limit of {entry['id']}", reading.findings)
    fields.end()
    return entry


def _resource_types(fields: Fields) -> list[str]:
    """The CloudFormation types that belong to a service and to no other; `*` stands for all of a namespace."""
    found = fields.texts("resource_types")
    for type in found:
        if not _RESOURCE_TYPE.fullmatch(type):
            place = fields.place("resource_types")
            fields.findings.add(place, f"{shown(type)} is no resource type, such as AWS::S3::Bucket or AWS::S3::*.")
    return found


def _lacking(tree: Tree | None, file: str, service: str, reading: Reading) -> Entry:
    """The Regions for which no resource of a service was listed on a day, or nothing."""
    if tree is None:
        return {}
    fields = reading.fields(tree, file, f"the Regions without {service}")
    entry: Entry = {
        "resource": fields.text("resource"),
        "regions": _regions(fields),
        "seen": fields.date("seen"),
        "reference": reading.reference(fields),
    }
    fields.end()
    return entry


def _regions(fields: Fields) -> list[str]:
    """The codes of Regions."""
    found = fields.texts("regions", required=True)
    for code in found:
        if not _REGION.fullmatch(code):
            fields.findings.add(fields.place("regions"), f"{shown(code)} is no code of a Region, such as eu-west-1.")
    return found


def _limit(tree: Tree, file: str, service: str, reading: Reading) -> Entry:
    """One figure of a service, which parses where it can be compared."""
    fields = reading.fields(tree, file, f"a limit of {service}")
    entry: Entry = {
        "id": fields.id(),
        "what": fields.text("what"),
        "kind": fields.text("kind", required=False),
        "value": fields.text("value"),
        "of": fields.texts("of"),
        "bound": fields.one_of("bound", BOUNDS, required=False),
        "per": fields.text("per", required=False),
        "adjustable": fields.one_of("adjustable", YES_NO, required=False),
        "seen": fields.date("seen"),
        "reference": reading.reference(fields),
        "confidence": fields.one_of("confidence", CONFIDENCES),
        "at": str(fields.place()),
    }
    fields.what = f"the limit {entry['id']!r} of {service}"
    _comparable(entry, fields, reading)
    if entry["of"]:
        entry["bound"] = entry["bound"] or BOUNDS[0]
    fields.end()
    return entry


def _comparable(entry: Entry, fields: Fields, reading: Reading) -> None:
    """Notes what keeps a figure from being compared with the answers that it is said to bound."""
    add, questions = reading.findings.add, reading.words.questions
    for key in ("bound", "per"):
        if entry[key] and not entry["of"]:
            add(fields.place(key), f"{fields.what} has {key!r} but not 'of', the answer that it bounds.")
    known = [key for key in entry["of"] if reading.findings.known(key, questions, fields.place("of"), "the question")]
    kinds = [questions[key][0] for key in known]
    for key, kind in zip(known, kinds, strict=True):
        if kind not in quantity.UNITS:
            add(fields.place("of"), f"the answer of {key!r} is no quantity; no figure can bound it.")
            return
    if not kinds or len(known) < len(entry["of"]) or not entry["value"]:
        return
    if len(kinds) > 1 and tuple(kinds) != _PRODUCT:
        add(fields.place("of"), f"{fields.what} bounds one answer, or the product of a rate and a size in this order.")
        return
    try:
        amount(entry["value"], kinds)
    except quantity.QuantityError as error:
        add(fields.place("value"), f"the value {shown(entry['value'])} of {fields.what} {error}.")
