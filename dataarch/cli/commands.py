"""What each command does: read, call the core, print. Returns the exit status."""

from __future__ import annotations

import os
import sys

from dataarch import files, profile
from dataarch.engine.engine import Engine
from dataarch.engine.store import open_engine
from dataarch.errors import Place, UserError
from dataarch.spelling import printable

DONE, UNDECIDABLE, FOUND, READER_GONE = 0, 3, 1, 141


def recommend(answers: str, settings: list[str], wishes: tuple[bool, list[str], bool, bool], save: str, format: str,
              output: str, as_of: str, basis: str, force: bool, shown: tuple[bool, bool]) -> int:  # fmt: skip
    """Recommends from answers that are given, or that an interview asks for where it is wished or nothing is given.

    `shown` says whether a terminal shows everything there is to say, and the list of sources.
    """
    from dataarch.recommendation import recommend

    if save and output and os.path.realpath(save) == os.path.realpath(output):
        raise UserError.plain("--save and --output name the same file.")
    engine = open_engine()
    resume, ask, *_ = wishes
    kept = False
    if resume or ask or not (answers or settings):
        from dataarch.cli import interviewing

        how = interviewing.Wishes(*wishes)
        answered, kept = interviewing.answered(engine, answers, settings, save, force, basis, as_of, how)
    else:
        answered = _profile(engine, answers, settings)
    result = recommend(engine, answered, basis, as_of)
    if format == "json":
        from dataarch.render import machine

        text = machine.text(result)
    elif format == "markdown":
        from dataarch.render import markdown

        text = markdown.text(result)
    else:
        from dataarch.render import terminal

        full, sources = shown
        text = terminal.recommendation(result, plain=bool(output), full=full, sources=sources)
    if save and not kept:
        files.write_text(save, profile.as_yaml(engine.base.questions, answered.known), force=force)
        _say(f"Answers kept in {save}.")
    if output:
        files.write_text(output, text, force=force)
        _say(f"Written to {output}.")
    else:
        _print(text, exact=format != "terminal")
    if result.undecidable:
        asked = ", ".join(result.pattern.needs[:5])
        _say(f"Nothing that is known speaks for any pattern. Answer first: {asked}.")
        return UNDECIDABLE
    return DONE


def explain(names: list[str], answers: str, settings: list[str], as_of: str, basis: str, sources: bool) -> int:
    """Explains what is named, or lists what can be named."""
    from dataarch import explanation
    from dataarch.render import terminal

    engine = open_engine()
    if not names:
        _print(terminal.topics(engine, explanation.topics(engine)))
        return DONE
    if len(names) > 2:
        raise UserError.plain("explain takes one name, or two options to compare.")
    answered = _profile(engine, answers, settings)
    _print(terminal.explanation(explanation.explain(engine, names, answered, basis, as_of), sources))
    return DONE


def compare(names: tuple[str, str], format: str, output: str, sources: bool, as_of: str, basis: str,
            force: bool) -> int:  # fmt: skip
    """Compares the answers of two files and what is decided from them."""
    from dataarch.comparison import compare

    if names == ("-", "-"):
        raise UserError.plain("Both profiles are -; only one of them can be read from standard input.")
    engine = open_engine()
    first, second = (_profile(engine, name, []) for name in names)
    result = compare(engine, first, second, basis, as_of)
    if format == "json":
        from dataarch.render import contrast

        text = contrast.text(result, names)
    elif format == "markdown":
        from dataarch.render import markdown

        text = markdown.comparison(result, names)
    else:
        from dataarch.render import terminal

        text = terminal.comparison(result, names, plain=bool(output), sources=sources)
    if output:
        files.write_text(output, text, force=force)
        _say(f"Written to {output}.")
    else:
        _print(text, exact=format != "terminal")
    return DONE


def check(folder: str) -> int:
    """Proves a folder of rules and prints what it found."""
    from dataarch.check.check import check
    from dataarch.render import terminal

    try:
        report = check(folder, progress=_say if sys.stderr.isatty() else lambda _: None)
    except OSError as error:
        raise UserError.at(Place(error.filename or folder), f"cannot be read: {files.reason(error)}.") from None
    _print(terminal.report(report))
    return FOUND if report.findings else DONE


def coverage(output: str, force: bool) -> int:
    """Prints what the rules make of each statement of the whitepaper."""
    from dataarch.check.coverage import read_coverage
    from dataarch.engine.store import rules_folder
    from dataarch.render import coverage
    from dataarch.rulebase.fields import Findings

    engine, findings = open_engine(), Findings()
    text = coverage.text(engine.base, read_coverage(engine, rules_folder(), "rules/", findings))
    if findings.found:
        raise UserError(*findings.found)
    if output:
        files.write_text(output, text, force=force)
        _say(f"Written to {output}.")
    else:
        _print(text, exact=True)
    return DONE


def _profile(engine: Engine, answers: str, settings: list[str]) -> profile.Profile:
    given = [*(profile.read(answers) if answers else []), *profile.settings(settings)]
    return profile.profile(engine.base.questions, given)


def _print(text: str, *, exact: bool = False) -> None:
    """Writes a result to standard output; `exact` keeps its bytes those of a file, whatever a terminal could show."""
    try:
        if exact:
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode("utf-8"))
        else:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise SystemExit(READER_GONE) from None
    except OSError as error:
        raise UserError.plain(f"Standard output cannot be written: {files.reason(error)}.") from None


def _say(text: str) -> None:
    """A line for the person at the terminal, beside the result."""
    print(printable(text), file=sys.stderr)
