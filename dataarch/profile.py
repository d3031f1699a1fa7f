"""The workload profile: what the user knows, each answer with where it came from."""

import json
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from dataarch import files, quantity
from dataarch.errors import Finding, Place, UserError
from dataarch.rulebase.model import NONE, Question, yes_no
from dataarch.spelling import meant, printable, shown

_TEXT_LIMIT = 500
_LINES = 200
"""Of how many keys of a JSON text the line is looked up: more than there are questions."""
_HINTS = 100
"""The findings with a hint, which takes time to find; nobody reads more."""


class Given(NamedTuple):
    """An answer as it was given: a text, a list of texts, or None to make it unknown; and where."""

    key: str
    raw: str | list[str] | None
    place: Place


class Answer(NamedTuple):
    """A known answer: a text, a list of texts, or a whole number in the smallest unit; and where it came from."""

    value: Any
    place: Place


class Profile(NamedTuple):
    """The known answers, in the order of the questions."""

    answers: dict[str, Answer]

    @property
    def known(self) -> dict[str, Any]:
        """Question → value of the known answers."""
        return {id: answer.value for id, answer in self.answers.items()}


def read(path: str) -> list[Given]:
    """The answers of a file (or standard input for `-`): YAML or JSON. Raises UserError naming file and line."""
    text = files.read_text(path, "answers")
    file = "standard input" if path == "-" else path
    if text.lstrip()[:1] == "{":
        given = _from_json(text, file, certain=path.endswith(".json"))
        if given is not None:
            return given
    return _from_yaml(text, file)


def settings(texts: Iterable[str]) -> list[Given]:
    """The answers of `--set key=value` texts. Raises UserError for one that has no `=`."""
    given = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UserError.plain(f"--set {shown(text)} is not of the form key=value.")
        given.append(Given(key.strip(), value.strip() or None, Place(f"--set {key.strip()}")))
    return given


def profile(questions: dict[str, Question], given: Iterable[Given]) -> Profile:
    """The profile of answers as they were given, later ones replacing earlier ones.

    Raises UserError with every key that does not exist and every value that cannot be read.
    """
    findings: list[Finding] = []
    answers: dict[str, Answer] = {}
    for key, raw, place in given:
        question = questions.get(key)
        if question is None:
            hint = meant(key, questions) if len(findings) < _HINTS else ""
            findings.append(Finding(place, f"there is no key {shown(key)}.", hint))
            continue
        answers.pop(key, None)
        if raw is None:
            continue
        try:
            answers[key] = Answer(value_of(question, raw, place), place)
        except Unreadable as error:
            named = "" if place.file == f"--set {key}" else f"{key}: "
            findings.append(Finding(place, f"{named}{error}", error.hint))
    if findings:
        raise UserError(*findings)
    return Profile({id: answers[id] for id in questions if id in answers})


class Resumed(NamedTuple):
    """Answers of an earlier time, read by today's questions: those that are known, the questions answered with "not
    known", and what today's questions cannot take, with why."""

    profile: Profile
    declined: list[str]
    left: list[tuple[Given, Finding]]


def resumed(questions: dict[str, Question], given: Iterable[Given]) -> Resumed:
    """Answers of an earlier time; what cannot be read any more is set apart instead of refused.

    Of a list of values those that still exist are kept.
    """
    answers: dict[str, Answer] = {}
    declined: dict[str, None] = {}
    left: list[tuple[Given, Finding]] = []
    for one in given:
        question = questions.get(one.key)
        values = [v for v in one.raw if question is None or v in question.values] if isinstance(one.raw, list) else []
        try:
            found = profile(questions, [one]).answers
        except UserError as error:
            left.append((one, error.findings[0]))
            if question and values:
                found = profile(questions, [one._replace(raw=values)]).answers
            else:
                continue
        answers |= found
        if not found:
            declined[one.key] = None
    known = Profile({id: answers[id] for id in questions if id in answers})
    return Resumed(known, [id for id in questions if id in declined and id not in answers], left)


def canonical(question: Question, value: Any) -> Any:
    """A value as it is written in files and in JSON: quantities as text, yes/no as true and false."""
    if question.type == "yes-no":
        return value == "yes"
    if question.type == "whole-number":
        return value
    return quantity.text(value, question.type) if question.type in quantity.UNITS else value


def spoken(question: Question, value: Any) -> str:
    """A value as one word or line for a person."""
    if isinstance(value, list):
        return ", ".join(value) if value else "none of them"
    return quantity.text(value, question.type) if question.type in quantity.UNITS else str(value)


def as_yaml(questions: dict[str, Question], known: dict[str, Any], declined: Collection[str] = (),
            left: Iterable[Given] = ()) -> str:  # fmt: skip
    """The known answers as a YAML file that `read` takes back unchanged.

    Declined questions stand in it without a value; what could not be read is kept as a comment.
    """
    lines = ["# Answers of dataarch. A missing key means: not known yet."]
    for id in (id for id in questions if id in known or id in declined):
        if id not in known:
            lines.append(f"{id}:  # asked, not known yet")
            continue
        written = canonical(questions[id], known[id])
        if isinstance(written, list):
            lines.append(f"{id}: [{', '.join(written)}]")
        elif isinstance(written, bool):
            lines.append(f"{id}: {'yes' if written else 'no'}")
        else:
            quoted = questions[id].type == "text"
            lines.append(f"{id}: {json.dumps(written, ensure_ascii=False) if quoted else written}")
    for one in left:
        raw = f"[{', '.join(one.raw)}]" if isinstance(one.raw, list) else one.raw
        lines.append("# no longer understood: " + printable(f"{one.key}: {raw}"))
    return "\n".join(lines) + "\n"


class Unreadable(Exception):
    """Why a value cannot be read, and what was probably meant."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def value_of(question: Question, raw: str | list[str], place: Place) -> Any:
    """The answer to a question as it was given. Raises Unreadable."""
    kind = question.type
    if kind == "any-of":
        items = raw if isinstance(raw, list) else raw.split(",") if place.file.startswith("--set") else [raw]
        chosen = [_choice(question, item.strip()) for item in items]
        if NONE in chosen and len(set(chosen)) > 1:
            other = next(value for value in chosen if value != NONE)
            raise Unreadable(f"none was given beside {other}; none excludes every other value.")
        return [value for value in question.values if value in chosen]
    if isinstance(raw, list):
        raise Unreadable(f"a list was given, but it takes one {'value' if kind == 'one-of' else kind}.")
    if kind == "one-of":
        return _choice(question, raw)
    if kind == "yes-no":
        word = yes_no(raw)
        if word is None:
            raise Unreadable(f"{shown(raw)} is neither yes nor no.")
        return word
    if kind == "text":
        text = _printable(raw)
        return text.lower() if text.lower() in question.named else text
    try:
        return quantity.parse(raw, kind)
    except quantity.QuantityError as error:
        raise Unreadable(f"{shown(raw)} {error}.") from None


def _choice(question: Question, text: str) -> str:
    if text not in question.values:
        raise Unreadable(f"{shown(text)} is none of its values.", meant(text, question.values))
    return text


def _printable(raw: str) -> str:
    if len(raw) > _TEXT_LIMIT:
        raise Unreadable(f"the text is longer than {_TEXT_LIMIT} characters.")
    if any(not c.isprintable() or 0xD800 <= ord(c) <= 0xDFFF for c in raw):
        raise Unreadable(f"{shown(raw)} holds a character that cannot be printed.")
    return raw


def _from_yaml(text: str, file: str) -> list[Given]:
    from dataarch.yamltree import Mapping, Scalar, Sequence, parse

    tree = parse(text, file)
    if tree is None:
        raise UserError.at(Place(file), "is empty.", "An answer is a line such as velocity: real-time.")
    if not isinstance(tree, Mapping):
        raise UserError.at(Place(file, tree.line), "holds no answers; they are a mapping of keys to values.")
    given: list[Given] = []
    for key, value in tree.entries.items():
        place = Place(file, tree.lines[key])
        if isinstance(value, Scalar):
            given.append(Given(key, None if value.null else value.text, place))
        elif isinstance(value, Sequence) and all(isinstance(item, Scalar) for item in value.items):
            given.append(Given(key, [item.text for item in value.items if isinstance(item, Scalar)], place))
        else:
            raise UserError.at(place, f"{shown(key)}: a value is a text, a number or a list of them.")
    return given


def _from_json(text: str, file: str, certain: bool) -> list[Given] | None:
    """The answers of a JSON text; None where YAML is to be tried, which also knows the lines of errors.

    Numbers stay the texts that they are, as in YAML, so that none is too large or loses a digit.
    """
    doubled: dict[str, None] = {}

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in items:
            if key in made:
                doubled[key] = None
            made[key] = value
        return made

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_int=str, parse_float=str)
    except RecursionError:
        return None
    except json.JSONDecodeError as error:
        if not certain:
            return None
        raise UserError.at(Place(file, error.lineno), f"is not valid JSON: {error.msg}.") from None
    if doubled:
        places = {key: Place(file, _line(text, key, last=True)) for key in list(doubled)[:_LINES]}
        raise UserError(*(Finding(at, f"has the key {shown(key)} a second time.") for key, at in places.items()))
    given = []
    for number, (key, value) in enumerate(data.items()):
        place = Place(file, _line(text, key) if number < _LINES else 0)
        if any(isinstance(item, float) for item in (value if isinstance(value, list) else [value])):
            raise UserError.at(place, f"{shown(key)}: JSON has no NaN and no Infinity.")
        if isinstance(value, list) and not any(isinstance(item, list | dict) or item is None for item in value):
            given.append(Given(key, [_scalar(item) for item in value], place))
        elif isinstance(value, list | dict):
            raise UserError.at(place, f"{shown(key)}: a value is a text, a number or a list of them.")
        else:
            given.append(Given(key, None if value is None else _scalar(value), place))
    return given


def _scalar(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _line(text: str, key: str, *, last: bool = False) -> int:
    """The line on which a key of a JSON text stands first, or last; 0 where it is spelt with escapes."""
    find = text.rfind if last else text.find
    for colon in (":", " :", ""):  # a value may be the same word
        at = find(f'"{key}"{colon}')
        if at >= 0:
            return text.count("\n", 0, at) + 1
    return 0
