"""One function per kind of entry in a rule file: YAML in, a plain mapping of the rule document out."""

from __future__ import annotations

from typing import Any

from dataarch.quantity import UNITS
from dataarch.rulebase import condition
from dataarch.rulebase.condition import Vocabulary
from dataarch.rulebase.fields import Fields, Findings
from dataarch.rulebase.model import CAUTION, SEVERITIES, Condition
from dataarch.yamltree import Tree

Entry = dict[str, Any]

TYPES = ("text", "yes-no", "one-of", "any-of", *UNITS)
STRENGTHS = ("slight", "moderate", "strong", "decisive")
BASES = ("whitepaper", "aws", "project")
EFFECTS = ("favours", "against", "rules_out")


class Reading:
    """What one loading knows while it reads entries: the findings and, once the ids are known, the vocabulary."""

    def __init__(self) -> None:
        self.findings = Findings()
        self.words = Vocabulary({}, {})
        self.references: set[str] = set()

    def fields(self, tree: Tree | None, file: str, what: str) -> Fields:
        """The keys of one entry."""
        return Fields(tree, file, what, self.findings)

    def reference(self, fields: Fields) -> str:
        """The id of a reference that exists."""
        id = fields.text("reference")
        if id:
            self.findings.known(id, self.references, fields.place("reference"), "the reference")
        return id

    def when(self, fields: Fields, key: str = "when", required: bool = True) -> Condition | None:
        """A condition in its plain form."""
        tree = fields.tree(key, required)
        return condition.parse(tree, fields.file, self.words, self.findings) if tree is not None else None


def documents(tree: Tree, file: str, reading: Reading) -> dict[str, Entry]:
    """The references of one file: an entry per document and per `document.section`."""
    found: dict[str, Entry] = {}
    top = reading.fields(tree, file, "a file of references")
    for item in top.items("documents", required=True):
        fields = reading.fields(item, file, "a document")
        id = fields.id()
        entry = {
            "id": id,
            "title": fields.text("title"),
            "publisher": fields.text("publisher"),
            "address": fields.text("address"),
            "seen": fields.date("seen", required=False),
            "at": str(fields.place()),
        }
        found[id] = entry
        for part in fields.items("sections"):
            section = reading.fields(part, file, "a section")
            name = f"{id}.{section.id()}"
            found[name] = {
                **entry,
                "id": name,
                "title": f"{entry['title']}: {section.text('title')}",
                "address": section.text("address", required=False) or entry["address"],
                "at": str(section.place()),
            }
            section.end()
        fields.end()
    top.end()
    return found


def question(tree: Tree, file: str, section: str, reading: Reading) -> Entry:
    """A question, without its presupposition and what is presumed, which need all questions to be known."""
    fields = reading.fields(tree, file, "a question")
    entry: Entry = {
        "id": fields.id(),
        "section": section,
        "prompt": fields.text("prompt"),
        "help": fields.text("help"),
        "type": fields.one_of("type", TYPES),
        "values": {},
        "optional": fields.flag("optional"),
        "grows": fields.flag("grows"),
        "presumed": [],
        "at": str(fields.place()),
    }
    choices = entry["type"] in ("one-of", "any-of")
    for item in fields.items("values", required=choices):
        value = reading.fields(item, file, f"a value of {entry['id']}")
        id = value.id()
        if id in entry["values"]:
            reading.findings.add(value.place(), f"the value {id!r} of {entry['id']} stands twice.")
        entry["values"][id] = value.text("label")
        value.end()
    if entry["values"] and not choices:
        reading.findings.add(fields.place("values"), f"a {entry['type']} question has no values.")
    if entry["grows"] and entry["type"] not in UNITS:
        reading.findings.add(fields.place("grows"), f"a {entry['type']} question has nothing that grows.")
    fields.tree("presupposes")
    fields.tree("presumed")
    fields.end()
    return entry


def pattern(tree: Tree, file: str, reading: Reading) -> Entry:
    """A pattern with its steps."""
    fields = reading.fields(tree, file, "a pattern")
    entry: Entry = {
        "id": fields.id(),
        "title": fields.text("title"),
        "summary": fields.text("summary"),
        "reference": reading.reference(fields),
        "steps": [],
        "at": str(fields.place()),
    }
    for item in fields.items("steps", required=True):
        step = reading.fields(item, file, f"a step of {entry['id']}")
        decisions = step.texts("decisions", required=True)
        for id in decisions:
            reading.findings.known(id, reading.words.decisions, step.place("decisions"), "the decision")
        entry["steps"].append(
            {
                "id": step.id(),
                "title": step.text("title"),
                "reference": reading.reference(step),
                "decisions": decisions,
            }
        )
        step.end()
    fields.end()
    return entry


def options(tree: Tree | None) -> list[str]:
    """The option ids of a decision, for the vocabulary; its errors are found when it is read whole."""
    entries = getattr(tree, "entries", {})
    items = getattr(entries.get("options"), "items", [])
    ids = [getattr(item, "entries", {}).get("id") for item in items]
    return [id.text for id in ids if id is not None and hasattr(id, "text")]


def decision(tree: Tree, file: str, layer: str, reading: Reading, services: dict[str, Entry]) -> Entry:
    """A decision with its reasons, options and criteria."""
    fields = reading.fields(tree, file, "a decision")
    entry: Entry = {
        "id": fields.id(),
        "layer": layer,
        "title": fields.text("title"),
        "question": fields.text("question"),
        "selects": fields.one_of("selects", ("one", "many")),
        "reviewed": fields.date("reviewed"),
        "reference": reading.reference(fields),
        "order": fields.text("order", required=False),
        "reasons": [_reason(item, file, reading) for item in fields.items("applies_when")],
        "options": [_option(item, file, reading, services) for item in fields.items("options", required=True)],
        "criteria": [],
        "at": str(fields.place()),
    }
    ids = [option["id"] for option in entry["options"]]
    entry["criteria"] = [_criterion(item, file, ids, reading) for item in fields.items("criteria")]
    unique(entry["reasons"] + entry["criteria"], "criterion or reason", reading)
    unique(entry["options"], "option", reading)
    _shape(entry, fields, reading)
    fields.end()
    return entry


def statement(tree: Tree, file: str, what: str, reading: Reading) -> Entry:
    """A constraint or a warning: a condition with a message."""
    fields = reading.fields(tree, file, what)
    entry: Entry = {
        "id": fields.id(),
        "severity": (fields.one_of("severity", SEVERITIES, required=False) if what == "a warning" else "") or CAUTION,
        "when": reading.when(fields),
        "message": fields.text("message"),
        "reference": reading.reference(fields),
        "at": str(fields.place()),
    }
    fields.end()
    return entry


def _reason(tree: Tree, file: str, reading: Reading) -> Entry:
    fields = reading.fields(tree, file, "a reason")
    entry: Entry = {
        "id": fields.id(),
        "when": reading.when(fields),
        "because": fields.text("because"),
        "reference": reading.reference(fields),
        "at": str(fields.place()),
    }
    fields.end()
    return entry


def _option(tree: Tree, file: str, reading: Reading, services: dict[str, Entry]) -> Entry:
    fields = reading.fields(tree, file, "an option")
    entry: Entry = {
        "id": fields.id(),
        "service": fields.text("service", required=False),
        "summary": fields.text("summary"),
        "at": str(fields.place()),
    }
    if entry["service"]:
        reading.findings.known(entry["service"], services, fields.place("service"), "the service")
    fields.end()
    return entry


def _criterion(tree: Tree, file: str, ids: list[str], reading: Reading) -> Entry:
    fields = reading.fields(tree, file, "a criterion")
    id = fields.id()
    fields.what = f"the criterion {id!r}"
    effects = {effect: fields.text(effect, required=False) for effect in EFFECTS}
    given = [effect for effect, option in effects.items() if option]
    if len(given) != 1:
        reading.findings.add(fields.place(), f"the criterion {id!r} needs one of {', '.join(EFFECTS)}.")
    effect = given[0] if given else "favours"
    option = effects[effect]
    reading.findings.known(option, ids, fields.place(effect), "the option")
    strength = fields.one_of("strength", STRENGTHS, required=effect != "rules_out")
    if strength and effect == "rules_out":
        reading.findings.add(fields.place("strength"), f"the criterion {id!r} rules out and so has no strength.")
    if strength == "decisive" and effect == "against":
        reading.findings.add(fields.place("strength"), f"the criterion {id!r} weighs against and cannot be decisive.")
    when, unless = reading.when(fields), reading.when(fields, "unless", required=False)
    entry: Entry = {
        "id": id,
        "effect": effect,
        "option": option,
        "strength": strength,
        "when": ["all", when, ["not", unless]] if unless else when,
        "because": fields.text("because"),
        "reference": reading.reference(fields),
        "basis": fields.one_of("basis", BASES),
        "since": fields.date("since"),
        "until": fields.date("until", required=False),
        "superseded_by": fields.text("superseded_by", required=False),
        "refines": fields.texts("refines"),
        "derived": False,
        "at": str(fields.place()),
    }
    if entry["until"] and entry["until"] <= entry["since"]:
        reading.findings.add(fields.place("until"), f"the criterion {id!r} ends before it begins.")
    if bool(entry["until"]) != bool(entry["superseded_by"]):
        reading.findings.add(fields.place(), f"the criterion {id!r} needs both until and superseded_by, or neither.")
    fields.end()
    return entry


def _weight(criterion: Entry) -> int:
    """How strong a criterion is, among those of the same effect."""
    return STRENGTHS.index(criterion["strength"]) if criterion["strength"] in STRENGTHS else len(STRENGTHS)


def unique(entries: list[Entry], what: str, reading: Reading) -> None:
    """Notes an error for each entry whose id stands before it already."""
    seen: dict[str, str] = {}
    for entry in entries:
        if entry["id"] in seen:
            file, _, line = entry["at"].rpartition(":")
            place = reading.fields(None, file, "").place()._replace(line=int(line))
            reading.findings.found.pop()
            reading.findings.add(place, f"the {what} {entry['id']!r} stands twice (first at {seen[entry['id']]}).")
        seen.setdefault(entry["id"], entry["at"])


def _shape(entry: Entry, fields: Fields, reading: Reading) -> None:
    """What only the whole decision can show: one option or criteria, an order, refinements of the same option."""
    add, criteria = reading.findings.add, {criterion["id"]: criterion for criterion in entry["criteria"]}
    if len(entry["options"]) == 1 and entry["criteria"]:
        add(fields.place("criteria"), f"the decision {entry['id']!r} has one option and so takes reasons only.")
    if len(entry["options"]) > 1 and not entry["criteria"]:
        add(fields.place(), f"the decision {entry['id']!r} has several options and no criteria.")
    if len(entry["options"]) > 1 and not entry["order"]:
        add(fields.place(), f"the decision {entry['id']!r} lacks the key 'order': why its options stand so.")
    for criterion in entry["criteria"]:
        place = fields.place()._replace(line=int(criterion["at"].rpartition(":")[2]))
        if criterion["superseded_by"]:
            reading.findings.known(criterion["superseded_by"], criteria, place, "the criterion in superseded_by")
        for id in criterion["refines"]:
            if not reading.findings.known(id, criteria, place, "the criterion in refines"):
                continue
            refined = criteria[id]
            if (refined["option"], refined["effect"]) != (criterion["option"], criterion["effect"]):
                add(place, f"{criterion['id']!r} refines {id!r}, which speaks of another option or in another way.")
            if _weight(refined) > _weight(criterion):
                add(place, f"{criterion['id']!r} refines {id!r}, which is stronger than it.")
            if criterion["id"] in refined["refines"] or id == criterion["id"]:
                add(place, f"{criterion['id']!r} and {id!r} refine each other.")
