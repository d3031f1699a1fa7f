"""dataarch for programs: what the commands do, as functions that take and return plain values.

>>> from dataarch import api
>>> api.evaluate({"use_cases": ["payment-fraud"], "velocity": "real-time"})["pattern"]["choice"]
'fraud-detection'

Answers are a mapping as it stands in an answers file: a text, a list of texts, True or False, a whole number, or None
for "not known yet". What the commands refuse in one line raises `UserError`, whose text is that line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dataarch.errors import Place, UserError
from dataarch.profile import Given, Profile, canonical, profile

if TYPE_CHECKING:
    from dataarch.engine.engine import Engine

__all__ = [
    "UserError", "answers_schema", "compare", "evaluate", "explain", "load_rule_base", "next_question", "scaffold",
]  # fmt: skip

Answers = Mapping[str, Any]
Document = dict[str, Any]


def load_rule_base() -> Engine:
    """The built-in rules, ready to be asked; to be handed to the other functions by those that ask often."""
    from dataarch.engine.store import open_engine

    return open_engine()


def evaluate(answers: Answers, *, estimate: bool = False, basis: str = "all", as_of: str = "",
             rule_base: Engine | None = None) -> Document:  # fmt: skip
    """The recommendation as the document of docs/recommendation.schema.json; `estimate` adds capacity and cost."""
    from dataarch.recommendation import recommend
    from dataarch.render import machine

    engine = rule_base or load_rule_base()
    text = machine.text(recommend(engine, _profile(engine, answers), basis, as_of), full=estimate)
    made: Document = json.loads(text)
    return made


def next_question(answers: Answers, declined: Collection[str] = (), *, thorough: bool = False,
                  rule_base: Engine | None = None) -> Document | None:  # fmt: skip
    """The question that an interview would put next, or None where nothing is left that could change something.

    `declined` are the keys that were asked and are not known. `default` is what would be taken without an answer.
    """
    from dataarch.interview import next_card, resume
    from dataarch.relevance import Relevance

    engine = rule_base or load_rule_base()
    relevance = Relevance(engine, thorough=thorough)
    card = next_card(relevance, resume(_profile(engine, answers), declined), optional=False)
    if card is None:
        return None
    asked = card.question
    return {
        "key": asked.id,
        "section": card.section,
        "prompt": asked.prompt,
        "help": asked.help,
        "type": asked.type,
        "values": dict(asked.values),
        "default": None if card.default is None else canonical(asked, card.default),
        "decisions": card.hanging,
        "at_most": card.at_most,
    }


def explain(*names: str, answers: Answers | None = None, basis: str = "all", as_of: str = "",
            rule_base: Engine | None = None) -> str:  # fmt: skip
    """What `dataarch explain` shows, as Markdown: of a decision, an option, two options, or anything with a name."""
    from dataarch import explanation
    from dataarch.render import markdown, topic

    engine = rule_base or load_rule_base()
    found = explanation.explain(engine, list(names), _profile(engine, answers or {}), basis, as_of)
    return markdown.document(engine.base, topic.page(found, True))


def compare(first: Answers, second: Answers, *, basis: str = "all", as_of: str = "",
            rule_base: Engine | None = None) -> Document:  # fmt: skip
    """What differs between two profiles, as the document of docs/comparison.schema.json."""
    from dataarch import comparison
    from dataarch.render import contrast

    engine = rule_base or load_rule_base()
    found = comparison.compare(engine, _profile(engine, first), _profile(engine, second), basis, as_of)
    made: Document = json.loads(contrast.text(found, ("first", "second")))
    return made


def scaffold(pattern: str, destination: str, *, answers: Answers | None = None, choose: Sequence[str] = (),
             name: str = "", force: bool = False, dry_run: bool = False, git: bool = False,
             rule_base: Engine | None = None) -> list[str]:  # fmt: skip
    """Makes a project in a new or empty folder and returns the paths of its files in it; nothing else is written.

    `choose` takes texts of the form decision=option. `dry_run` writes nothing.
    """
    from dataarch.recommendation import recommend
    from dataarch.scaffold import context, destination as places, naming, project
    from dataarch.scaffold.choices import choose as chosen, parse
    from dataarch.scaffold.template import open_template, plain

    engine = rule_base or load_rule_base()
    known = _profile(engine, answers or {})
    template = open_template(pattern)
    if name:
        naming.refuse_bad(name, "name")
    folder = os.path.basename(os.path.abspath(destination))
    called = name or naming.name_of(str(known.known.get("workload", "") or folder), pattern)
    if not dry_run:
        places.refuse_taken(destination)
    told = plain(template, called)
    if choose or known.answers:
        result = recommend(engine, known)
        told = context.full(template, called, result, chosen(template, result, parse(choose), force))
    planned = project.plan(template, destination, told)
    if not dry_run:
        project.make(planned, git)
    return list(planned.files)


def answers_schema(rule_base: Engine | None = None) -> Document:
    """A JSON Schema of the answers: every key with its question, its type and its values."""
    engine = rule_base or load_rule_base()
    properties: Document = {}
    for id, question in engine.base.questions.items():
        values = list(question.values)
        kinds: dict[str, Document] = {
            "yes-no": {"type": ["boolean", "null"]},
            "one-of": {"enum": [*values, None]},
            "any-of": {"type": ["array", "null"], "items": {"enum": values}, "uniqueItems": True},
            "whole-number": {"type": ["integer", "string", "null"], "minimum": 0},
        }
        said = {"description": f"{question.prompt} {question.help}"}
        properties[id] = {**said, **kinds.get(question.type, {"type": ["string", "null"]})}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _profile(engine: Engine, answers: Answers) -> Profile:
    return profile(engine.base.questions, [_given(key, value) for key, value in answers.items()])


def _given(key: str, value: Any) -> Given:
    """An answer as a file would give it. Raises UserError for a value that no file could hold."""
    place = Place(f"answers, {key}")
    if value is None or isinstance(value, str):
        return Given(key, value, place)
    if isinstance(value, bool):
        return Given(key, "yes" if value else "no", place)
    if isinstance(value, int):
        return Given(key, str(value), place)
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return Given(key, list(value), place)
    raise UserError.at(place, "is no text, list of texts, yes or no, or whole number.")
