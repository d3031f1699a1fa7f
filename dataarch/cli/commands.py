"""What each command does: read, call the core, print. Returns the exit status."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from dataarch import files, profile
from dataarch.cli import opening
from dataarch.cli.opening import Laid
from dataarch.engine.engine import Engine
from dataarch.errors import Place, UserError
from dataarch.spelling import printable

if TYPE_CHECKING:
    from dataarch.recommendation import Recommendation

DONE, UNDECIDABLE, FOUND, READER_GONE = 0, 3, 1, 141


def recommend(answers: str, settings: list[str], wishes: tuple[bool, list[str], bool, bool], save: str, format: str,
              output: str, as_of: str, basis: str, force: bool, shown: tuple[bool, bool],
              laid: Laid) -> int:  # fmt: skip
    """Recommends from answers that are given, or that an interview asks for where it is wished or nothing is given.

    `shown` says whether a terminal shows everything there is to say, and the list of sources.
    """
    from dataarch.recommendation import recommend

    if save and output and os.path.realpath(save) == os.path.realpath(output):
        raise UserError.plain("--save and --output name the same file.")
    engine = opening.engine(laid)
    resume, ask, _, plain = wishes
    kept = finished = False
    if resume or ask or not (answers or settings):
        from dataarch.cli import interviewing

        how = interviewing.Wishes(*wishes)
        answered, kept, finished = interviewing.answered(engine, answers, settings, save, force, basis, as_of, how)
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
    if finished and format == "terminal" and not output and sys.stdout.isatty():
        _offer(result, plain, laid)
    return DONE


def _offer(result: Recommendation, plain: bool, laid: Laid) -> None:
    """Offers, after an interview, to make the project of what was recommended."""
    from dataarch.cli import interviewing, scaffolding
    from dataarch.render.answer import scaffold

    if not scaffold(result) or not isinstance(result.pattern.choice, str):
        return
    pattern = result.pattern.choice
    wanted = scaffolding.Wanted(pattern, "", "", [], force=False, dry_run=False, git=True, laid=laid)
    path = scaffolding.free_folder(pattern, result.profile)
    if interviewing.offers_to_scaffold(result, plain, path):
        _print(scaffolding.run(wanted._replace(path=path), result.profile))


def explain(names: list[str], answers: str, settings: list[str], as_of: str, basis: str, sources: bool,
            laid: Laid) -> int:  # fmt: skip
    """Explains what is named, or lists what can be named."""
    from dataarch import explanation
    from dataarch.render import terminal

    engine = opening.engine(laid)
    if not names:
        _print(terminal.topics(engine, explanation.topics(engine)))
        return DONE
    if len(names) > 2:
        raise UserError.plain("explain takes one name, or two options to compare.")
    answered = _profile(engine, answers, settings)
    _print(terminal.explanation(explanation.explain(engine, names, answered, basis, as_of), sources))
    return DONE


def compare(names: tuple[str, str], format: str, output: str, sources: bool, as_of: str, basis: str,
            force: bool, laid: Laid) -> int:  # fmt: skip
    """Compares the answers of two files and what is decided from them."""
    from dataarch.comparison import compare

    if names == ("-", "-"):
        raise UserError.plain("Both profiles are -; only one of them can be read from standard input.")
    engine = opening.engine(laid)
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


def scaffold(wanted: tuple[str, str, str, list[str], bool, bool, bool, Laid], answers: str, settings: list[str],
             listed: bool) -> int:  # fmt: skip
    """Makes a project, or lists those that can be made."""
    from dataarch.cli import scaffolding

    made = scaffolding.Wanted(*wanted)
    if listed:
        _print(scaffolding.listing(made.laid))
        return DONE
    known = _profile(opening.engine(made.laid), answers, settings) if answers or settings else profile.Profile({})
    _print(scaffolding.run(made, known))
    return DONE


def check(folder: str, overlays: list[str]) -> int:
    """Proves a folder of rules, with the overlays on it, and prints what it found."""
    from dataarch.check.check import check
    from dataarch.check.verdict import overlays_in
    from dataarch.render import terminal

    try:
        report = check(folder, overlays_in(overlays), progress=_say if sys.stderr.isatty() else lambda _: None)
    except OSError as error:
        raise UserError.at(Place(error.filename or folder), f"cannot be read: {files.reason(error)}.") from None
    _print(terminal.report(report))
    return FOUND if report.findings else DONE


def list_rules(format: str, output: str, force: bool, laid: Laid) -> int:
    """Lists the rules."""
    from dataarch.cli import rulekeeping

    text = rulekeeping.listing(format, laid)
    if output:
        files.write_text(output, text, force=force)
        _say(f"Written to {output}.")
    else:
        _print(text, exact=format != "terminal")
    return DONE


def show_rule(name: str, laid: Laid) -> int:
    """Shows one rule, or those of a decision."""
    from dataarch.cli import rulekeeping

    _print(rulekeeping.show(name, laid))
    return DONE


def test_rules(path: str, laid: Laid) -> int:
    """Runs examples."""
    from dataarch.cli import rulekeeping
    from dataarch.render import terminal

    count, failed = rulekeeping.test(path, laid)
    _print(terminal.examples(count, failed))
    return FOUND if failed else DONE


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
