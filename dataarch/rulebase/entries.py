"""One function per kind of entry in a rule file: YAML in, a plain mapping of the rule document out."""

from __future__ import annotations

from typing import Any

from dataarch.errors import Place
from dataarch.quantity import UNITS
from dataarch.rulebase import condition
from dataarch.rulebase.condition import Vocabulary
from dataarch.rulebase.fields import Fields, Findings
from dataarch.rulebase.model import CAUTION, SEVERITIES, Condition
from dataarch.rulebase.shape import EFFECTS, STRENGTHS, shaped
from dataarch.yamltree import Tree

Entry = dict[str, Any]

TYPES = ("text", "yes-no", "one-of", "any-of", *UNITS)
BASES = ("whitepaper", "aws", "project")


class Reading:
    """What one loading knows while it reads entries: the findings and, once the ids are known, the vocabulary;
    `overlay` is the name of the overlay whose entries are being read, "" for those of the base, `trunk` the place at
    which the base names its trunk, `whitepaper` the day of the whitepaper."""

    def __init__(self) -> None:
        self.findings = Findings()
        self.overlay = ""
        self.trunk = Place("")
        self.whitepaper = ""
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
        "named": [],
        "awaits": fields.text("awaits", required=False),
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
                "falls_away": step.text("falls_away", required=False),
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
        "reasons": [reason(item, file, reading) for item in fields.items("applies_when")],
        "options": [option(item, file, reading, services) for item in fields.items("options", required=True)],
        "criteria": [],
        "at": str(fields.place()),
    }
    ids = [option["id"] for option in entry["options"]]
    entry["criteria"] = [criterion(item, file, ids, reading) for item in fields.items("criteria")]
    shaped(entry, reading.findings)
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


def residency(tree: Tree, file: str, reading: Reading) -> Entry:
    """What counts where a service is not listed for a Region that data may not leave."""
    fields = reading.fields(tree, file, "residency")
    entry: Entry = {
        "question": fields.text("question"),
        "strength": fields.one_of("strength", [one for one in STRENGTHS if one != "decisive"]),
        "when": reading.when(fields),
        "at": str(fields.place()),
    }
    kind = reading.words.questions.get(entry["question"], ("text", []))[0]
    if kind != "text":
        reading.findings.add(fields.place("question"), f"the answer of {entry['question']!r} is no free text.")
    reading.findings.known(entry["question"], reading.words.questions, fields.place("question"), "the question")
    fields.end()
    return entry


def reason(tree: Tree, file: str, reading: Reading) -> Entry:
    """A reason for which a decision applies."""
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


def option(tree: Tree, file: str, reading: Reading, services: dict[str, Entry]) -> Entry:
    """An option of a decision."""
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


def criterion(tree: Tree, file: str, ids: list[str], reading: Reading, id: str = "") -> Entry:
    """A criterion for one of the options `ids`; `id` is given where the entry names another one that it replaces."""
    fields = reading.fields(tree, file, "a criterion")
    id = id or fields.id()
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
    bases = [reading.overlay] if reading.overlay else BASES
    entry: Entry = {
        "id": id,
        "effect": effect,
        "option": option,
        "strength": strength,
        "when": ["all", when, ["not", unless]] if unless else when,
        "because": fields.text("because"),
        "reference": reading.reference(fields),
        "basis": fields.one_of("basis", bases, required=not reading.overlay) or reading.overlay,
        "since": fields.date("since", required=bool(reading.overlay)) or reading.whitepaper,
        "until": fields.date("until", required=False),
        "superseded_by": fields.text("superseded_by", required=False),
        "refines": fields.texts("refines"),
        "beside": fields.texts("beside"),
        "derived": False,
        "ended": "",
        "at": str(fields.place()),
    }
    if entry["until"] and entry["until"] <= entry["since"]:
        reading.findings.add(fields.place("until"), f"the criterion {id!r} ends before it begins.")
    if bool(entry["until"]) != bool(entry["superseded_by"]):
        reading.findings.add(fields.place(), f"the criterion {id!r} needs both until and superseded_by, or neither.")
    fields.end()
    return entry
