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


def recommend(answers: str, settings: list[str], wishes: tuple[bool, list[str], bool, bool], save: str,
              written: tuple[str, str, bool, bool], as_of: str, basis: str, shown: tuple[bool, bool],
              laid: Laid) -> int:  # fmt: skip
    """Recommends from answers that are given, or that an interview asks for where it is wished or nothing is given.

    `written` says in which format, where to, whether what is there is replaced, and whether it is opened then; `shown`
    whether a terminal shows everything there is to say, and the list of sources.
    """
    from dataarch.recommendation import recommend

    format, output, force, opened = written
    if save and output and os.path.realpath(save) == os.path.realpath(output):
        raise UserError.plain("--save and --output name the same file.")
    if opened and not output:
        raise UserError.plain("--open opens what was written; name a file with --output.")
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
    if save and not kept:
        files.write_text(save, profile.as_yaml(engine.base.questions, answered.known), force=force)
        _say(f"Answers kept in {save}.")
    if format == "markdown" and output and files.means_folder(output):
        from dataarch.render import record

        texts = record.folder(result)
        files.write_folder(output, texts, force=force)
        _say(f"{len(texts) - 1} records written to {output}, with {record.INDEX} as their index.")
    else:
        _out(_laid_out(result, format, bool(output), shown), output, force, exact=format != "terminal")
    if opened:
        _open(output)
    if result.undecidable:
        asked = ", ".join(result.pattern.needs[:5])
        _say(f"Nothing that is known speaks for any pattern. Answer first: {asked}.")
        return UNDECIDABLE
    if finished and format == "terminal" and not output and sys.stdout.isatty():
        _offer(result, plain, laid)
    return DONE


def _laid_out(result: Recommendation, format: str, kept: bool, shown: tuple[bool, bool]) -> str:
    """A recommendation as one text; `kept` says that it goes to a file."""
    full, sources = shown
    if format == "json":
        from dataarch.render import machine

        return machine.text(result, full)
    if format == "markdown":
        from dataarch.render import markdown

        return markdown.text(result)
    if format == "html":
        from dataarch.render import report

        return report.text(result)
    from dataarch.render import terminal

    return terminal.recommendation(result, plain=kept, full=full, sources=sources)


def diagram(answers: str, settings: list[str], format: str, output: str, as_of: str, basis: str, force: bool,
            laid: Laid) -> int:  # fmt: skip
    """Draws the architecture that is recommended."""
    from dataarch.picture import picture
    from dataarch.recommendation import recommend
    from dataarch.render import drawio, mermaid, svg

    if not (answers or settings):
        raise UserError.plain("diagram draws what answers lead to.", "Give some: --answers FILE or --set KEY=VALUE.")
    engine = opening.engine(laid)
    result = recommend(engine, _profile(engine, answers, settings), basis, as_of)
    workload = result.profile.known.get("workload", "Architecture")
    draw = {"svg": svg.text, "mermaid": mermaid.text, "drawio": drawio.text}[format]
    _out(draw(picture(result, str(workload))), output, force)
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
    _out(text, output, force, exact=format != "terminal")
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


def serve(mcp: bool) -> int:
    """Serves the Model Context Protocol until standard input ends."""
    from importlib.util import find_spec

    if not mcp:
        raise UserError.plain("serve needs to know how.", "Add --mcp for the Model Context Protocol.")
    if find_spec("mcp") is None:
        raise UserError.plain("serve --mcp needs a package that is not there.", "pip install 'dataarch[mcp]'")
    from dataarch.serve import run

    run()
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


def coverage(output: str, force: bool) -> int:
    """Prints what the rules make of each statement of the whitepaper."""
    from dataarch.check.coverage import read_coverage
    from dataarch.engine.store import open_engine, rules_folder
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


def _out(text: str, output: str, force: bool, *, exact: bool = True) -> None:
    """Writes a result to where it was asked for."""
    if output:
        files.write_text(output, text, force=force)
        _say(f"Written to {output}.")
    else:
        _print(text, exact=exact)


def _open(path: str) -> None:
    """Opens what was written with the program that the person at this machine has for it."""
    import webbrowser
    from pathlib import Path

    if not webbrowser.open(Path(path).resolve().as_uri()):
        _say(f"No program was found that opens {path}.")


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
