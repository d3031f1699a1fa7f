"""Answers by interview: on a terminal they are asked for, without one it is said what is missing."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from dataarch import profile
from dataarch.cli.keeping import Kept
from dataarch.engine.engine import Engine
from dataarch.errors import Finding, Place, UserError
from dataarch.interview import Interview, refuse, resume
from dataarch.profile import Answer, Profile
from dataarch.prompt import words
from dataarch.relevance import DONE, OPTIONAL, Relevance
from dataarch.spelling import meant, printable, shown

_LISTED = 6


class Wishes(NamedTuple):
    """How to interview: go on with answers that are there, ask just some questions, ask for every decision, plainly."""

    resume: bool
    ask: list[str]
    thorough: bool
    plain: bool


def answered(engine: Engine, answers: str, settings: list[str], save: str, force: bool, basis: str, day: str,
             wishes: Wishes) -> tuple[Profile, bool]:  # fmt: skip
    """The profile after an interview, and whether there was one, which then has kept its answers itself.

    Raises UserError for bad input, KeyboardInterrupt where the person breaks off; the answers are then kept.
    """
    questions = engine.base.questions
    for key in wishes.ask:
        if key not in questions:
            raise UserError.plain(f"--ask {shown(key)}: there is no such question.", meant(key, questions))
    interview, left = _begin(engine, answers, settings, tolerant=wishes.resume)
    relevance = Relevance(engine, basis, day, thorough=wishes.thorough)
    start = _as_profile(interview, answers)
    refuse(relevance, start)
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return _without_terminal(relevance, interview, start, wishes), False
    own = answers if answers != "-" else ""
    if save and os.path.exists(save) and not force and not (own and os.path.realpath(own) == os.path.realpath(save)):
        raise UserError.at(Place(save), "exists already and was kept.", "Add --force to replace it.")
    resumed = interview if own and (not save or save == own) else None
    kept = Kept(questions, _say, save or own, resumed, [given for given, _ in left])
    return _converse(relevance, interview, kept, wishes), True


def _begin(engine: Engine, answers: str, settings: list[str], *, tolerant: bool
           ) -> tuple[Interview, list[tuple[profile.Given, Finding]]]:  # fmt: skip
    """The interview with what a file and --set say; of an older file, what is no longer understood is reported."""
    questions = engine.base.questions
    given = profile.read(answers) if answers else []
    if tolerant:
        found = profile.resumed(questions, given)
        for _, finding in found.left:
            _say(f"Not taken over: {finding}")
        interview = resume(found.profile, found.declined)
        left = list(found.left)
    else:
        interview, left = resume(profile.profile(questions, given)), []
    for one in profile.settings(settings):
        single = profile.profile(questions, [one]).answers
        responses = tuple(r for r in interview.responses if r.question != one.key)
        interview = interview._replace(responses=responses)
        for id, answer in single.items():
            interview = interview.answered(id, answer.value)
    return interview, left


def _converse(relevance: Relevance, interview: Interview, kept: Kept, wishes: Wishes) -> Profile:
    from dataarch.cli.conversation import Conversation
    from dataarch.prompt.prompter import Prompter

    prompter: Prompter
    if wishes.plain or os.environ.get("TERM", "dumb") in ("", "dumb"):
        from dataarch.prompt.plain import Lines

        prompter = Lines(relevance.engine)
    else:
        from dataarch.prompt.full import Terminal

        prompter = Terminal(relevance.engine)
    conversation = Conversation(relevance, interview, prompter, kept.keep)
    try:
        with prompter.held():
            finished = conversation.ask(wishes.ask) if wishes.ask else conversation.run()
    except KeyboardInterrupt:
        _goodbye(kept)
        raise
    if kept.path:
        _say(f"\nYour answers are kept in {kept.path}.{'' if finished else _go_on(kept.path)}\n")
    return _as_profile(conversation.interview, kept.path)


def _goodbye(kept: Kept) -> None:
    if kept.path:
        _say(f"\nYour answers are kept in {kept.path}.{_go_on(kept.path)}")


def _go_on(path: str) -> str:
    import shlex

    return f" To go on:\n  dataarch recommend --answers {shlex.quote(path)} --resume"


def _without_terminal(relevance: Relevance, interview: Interview, start: Profile, wishes: Wishes) -> Profile:
    """Says what is missing and matters, with the flag that answers it; goes on where something is known."""
    if wishes.ask:
        flags = " ".join(f"--set {key}=…" for key in wishes.ask)
        raise UserError.plain("Nothing can be asked without a terminal.", f"Answer with {flags}")
    standing = relevance.standing(interview.known, interview.declined)
    if standing.phase not in (OPTIONAL, DONE):
        keys = list(standing.questions)
        _say("Missing, and it matters; first the most important:")
        for key in keys[:_LISTED]:
            _say(f"  --set {key}={_form(relevance, key)}  {relevance.engine.base.questions[key].prompt}")
        if len(keys) > _LISTED:
            _say(f"  and {len(keys) - _LISTED} more")
    if not start.answers:
        raise UserError.plain("No answers were given, and nothing can be asked without a terminal.",
                              "Give some with --answers FILE or --set KEY=VALUE.")  # fmt: skip
    return start


def _form(relevance: Relevance, key: str) -> str:
    """How the value of a flag looks: some of its values, or a quantity for example."""
    question = relevance.engine.base.questions[key]
    values = list(words.choices(question))
    if values:
        return "|".join(values[:3]) + ("|…" if len(values) > 3 else "")
    return words.form(question)


def _as_profile(interview: Interview, file: str) -> Profile:
    """The known answers, coming from the file in which they are kept, else as if given by --set."""
    return Profile({
        id: Answer(value, Place(file, 1) if file else Place(f"--set {id}")) for id, value in interview.known.items()
    })  # fmt: skip


def _say(text: str) -> None:
    print("\n".join(printable(line) for line in text.split("\n")), file=sys.stderr, flush=True)
