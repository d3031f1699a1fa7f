"""What an overlay does to the base beyond adding entries: bans of services, and changes of a decision of the base.

A re-weighed or replaced criterion is not rewritten: it ends on a day, and a criterion of the overlay follows it, so
that every earlier day stays as it was and the base keeps its word.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dataarch.errors import Place
from dataarch.rulebase import entries
from dataarch.rulebase.entries import BASES, Entry, Reading
from dataarch.rulebase.fields import Fields
from dataarch.rulebase.shape import STRENGTHS, place_of, shaped
from dataarch.yamltree import Mapping, Tree

Document = dict[str, Any]
_TAKEN = (*BASES, "all", "base", "ban", "availability")


class Change(NamedTuple):
    """What an overlay does to one criterion of the base: `successor` follows it from a day on, or None. Two changes of
    one criterion agree where `said` is the same."""

    decision: str
    criterion: str
    since: str
    because: str
    successor: Entry | None
    said: tuple[str, ...]
    overlay: str
    place: Place


def about(tree: Tree | None, file: str, reading: Reading) -> Entry:
    """What overlay.yaml says: the name that is its basis, a title, and the day of its last review."""
    fields = reading.fields(tree, file, "overlay.yaml")
    entry: Entry = {
        "id": fields.id(),
        "title": fields.text("title"),
        "reviewed": fields.date("reviewed"),
        "at": str(fields.place()),
    }
    if entry["id"] in _TAKEN or not entry["id"].replace("-", "").isalnum():
        said = f"an overlay cannot be called {entry['id']!r}; take a name of your own, in words joined by -."
        reading.findings.add(fields.place("id"), said)
    fields.end()
    return entry


def ban(tree: Tree, file: str, reading: Reading, services: dict[str, Entry]) -> Entry:
    """A service that is not to be chosen."""
    fields = reading.fields(tree, file, "a ban")
    entry: Entry = {
        "id": fields.id(),
        "service": fields.text("service"),
        "when": reading.when(fields, required=False) or ["all"],
        "because": fields.text("because"),
        "reference": reading.reference(fields),
        "since": fields.date("since"),
        "overlay": reading.overlay,
        "at": str(fields.place()),
    }
    if entry["service"]:
        reading.findings.known(entry["service"], services, fields.place("service"), "the service")
    fields.end()
    return entry


def laid(document: Document, bans: list[Entry], files: list[tuple[str, str, Tree]], reading: Reading) -> None:
    """Lays the bans and changes of all overlays over the decisions of the base; `files` are (overlay, name, tree)."""
    base = {id: decision for id, decision in document["decisions"].items() if not decision["overlay"]}
    touched: dict[str, Entry] = {}
    found: list[Change] = []
    for overlay, file, tree in files:
        reading.overlay = overlay
        fields = reading.fields(tree, file, "a file of changes")
        id = fields.text("decision")
        if not id or not reading.findings.known(id, base, fields.place("decision"), "the decision of the base"):
            continue
        if file.rpartition("/")[2] != f"{id}.yaml":
            reading.findings.add(fields.place("decision"), f"the changes of {id!r} stand in changes/{id}.yaml.")
        touched[id] = base[id]
        found += _changed(base[id], fields, reading, document["services"])
        fields.end()
    reading.overlay = ""
    for change in _agreed(found, reading):
        _apply(base[change.decision], change, document["base"]["whitepaper"], reading)
    for entry in bans:
        _banned(document, entry, touched, reading)
    for decision in touched.values():
        shaped(decision, reading.findings)


def opposed(document: Document, reading: Reading) -> None:
    """Notes where one overlay favours what another one always rules out; the check finds what hangs on answers."""
    for decision in document["decisions"].values():
        own = [entry for entry in decision["criteria"] if entry["basis"] not in BASES]
        for one in own:
            if one["effect"] != "rules_out" or one["when"] != ["all"]:
                continue
            for other in own:
                if other["basis"] != one["basis"] and other["effect"] == "favours" and other["option"] == one["option"]:
                    said = f"{other['basis']} favours {one['option']!r} in {decision['id']!r} ({other['id']!r}), which"
                    message = f"{said} {one['basis']} rules out at {one['at']}; two overlays may not disagree."
                    reading.findings.add(place_of(other), message)


def _changed(decision: Entry, fields: Fields, reading: Reading, services: dict[str, Entry]) -> list[Change]:
    """Adds to a decision what a file of changes brings; the changes of its criteria are given back."""
    file = fields.file
    base = {c["id"]: c for c in decision["criteria"] if c["basis"] in BASES}
    decision["options"] += [entries.option(item, file, reading, services) for item in fields.items("options")]
    options = [option["id"] for option in decision["options"]]
    order = fields.text("order", required=False)
    decision["order"] = f"{decision['order']} {order}".strip()
    reasons = [entries.reason(item, file, reading) for item in fields.items("applies_when")]
    if reasons and not decision["reasons"]:
        said = f"{decision['id']!r} applies always; a reason could only narrow that, which no overlay may."
        reading.findings.add(fields.place("applies_when"), said)
    decision["reasons"] += reasons
    decision["criteria"] += [entries.criterion(item, file, options, reading) for item in fields.items("criteria")]
    found: list[Change] = []
    for kind in ("reweigh", "end", "replace"):
        for item in fields.items(kind):
            own = reading.fields(item, file, f"an entry of {kind}")
            id = own.text("criterion")
            if reading.findings.known(id, base, own.place("criterion"), "the criterion of the base"):
                found.append(_change(kind, own, base[id], decision, reading))
    return found


def _change(kind: str, fields: Fields, original: Entry, decision: Entry, reading: Reading) -> Change:
    """One change of a criterion of the base."""
    id, place, own = original["id"], fields.place(), reading.overlay
    if kind == "replace":
        made = _replacing(fields, [option["id"] for option in decision["options"]], reading, original)
        return Change(decision["id"], id, made["since"], made["because"], made, (own,), own, place)
    strength = fields.one_of("strength", STRENGTHS) if kind == "reweigh" else ""
    since, because, reference = fields.date("since"), fields.text("because"), reading.reference(fields)
    fields.end()
    if kind == "end":
        return Change(decision["id"], id, since, because, None, (kind, since), own, place)
    if original["effect"] == "rules_out" or (original["effect"], strength) == ("against", "decisive"):
        message = f"the criterion {id!r} {original['effect'].replace('_', ' ')} and cannot be {strength}."
        reading.findings.add(fields.place("strength"), message)
    made = {**original, "strength": strength, "because": f"{original['because']} {because}", "reference": reference,
            "since": since, "at": str(place)}  # fmt: skip
    return Change(decision["id"], id, since, because, made, (kind, strength, since), own, place)


def _replacing(fields: Fields, options: list[str], reading: Reading, original: Entry) -> Entry:
    """The criterion that takes the place of one of the base."""
    known = fields.mapping
    bare = Mapping(known.line)
    bare.entries = {key: value for key, value in known.entries.items() if key != "criterion"}
    bare.lines = known.lines
    made = entries.criterion(bare, fields.file, options, reading, original["id"])
    if "refines" not in bare.entries and (made["option"], made["effect"]) == (original["option"], original["effect"]):
        made["refines"] = list(original["refines"])
    return made


def _agreed(found: list[Change], reading: Reading) -> list[Change]:
    """The changes, each criterion's once; notes an error where two overlays do not say the same of one."""
    kept: dict[tuple[str, str], Change] = {}
    for change in found:
        first = kept.setdefault((change.decision, change.criterion), change)
        if first is change:
            continue
        name = f"{change.criterion!r} of {change.decision!r}"
        if first.overlay == change.overlay:
            reading.findings.add(change.place, f"changes the criterion {name} a second time (first at {first.place}).")
        elif first.said != change.said:
            message = f"{change.overlay} changes the criterion {name}, which {first.overlay} changes otherwise at"
            reading.findings.add(change.place, f"{message} {first.place}; two overlays may not disagree.")
    return list(kept.values())


def _apply(decision: Entry, change: Change, whitepaper: str, reading: Reading) -> None:
    original = next(entry for entry in decision["criteria"] if entry["id"] == change.criterion)
    if change.since and change.since <= whitepaper:
        message = f"the change of {change.criterion!r} must begin after {whitepaper}, the day of the whitepaper"
        reading.findings.add(change.place, f"{message}, whose own answer stays.")
    if original["until"] and original["until"] <= change.since:
        reading.findings.add(change.place, f"the criterion {change.criterion!r} ended on {original['until']} already.")
    original["until"] = change.since
    original["ended"] = f"{change.overlay}: {change.because}"
    if change.successor is None:
        return
    successor = {**change.successor, "id": f"{change.overlay}.{change.criterion}", "basis": change.overlay,
                 "until": "", "superseded_by": "", "ended": "", "derived": False}  # fmt: skip
    original["superseded_by"], original["ended"] = successor["id"], ""
    for entry in decision["criteria"]:
        if change.criterion in entry["refines"] and entry["option"] == successor["option"]:
            entry["refines"] = [*entry["refines"], successor["id"]]
    decision["criteria"].append(successor)


def _banned(document: Document, ban: Entry, touched: dict[str, Entry], reading: Reading) -> None:
    """Rules the options behind a banned service out, in every decision that has others."""
    for decision in document["decisions"].values():
        for option in decision["options"]:
            if option["service"] != ban["service"]:
                continue
            if len(decision["options"]) == 1:
                said = f"{ban['service']!r} is the only option of {decision['id']!r}; give that another one first,"
                reading.findings.add(place_of(ban), f"{said} in changes/{decision['id']}.yaml.")
                continue
            decision["criteria"].append({
                "id": f"ban.{ban['overlay']}.{ban['id']}.{option['id']}", "effect": "rules_out", "option": option["id"],
                "strength": "", "when": ban["when"], "because": ban["because"], "reference": ban["reference"],
                "basis": ban["overlay"], "since": ban["since"], "until": "", "superseded_by": "", "refines": [],
                "beside": [], "derived": False, "ended": "", "at": ban["at"],
            })  # fmt: skip
            touched[decision["id"]] = decision
