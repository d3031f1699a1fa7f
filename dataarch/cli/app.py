"""The commands and their options. What they need is imported when they run."""

from enum import StrEnum
from typing import Annotated

import typer

app = typer.Typer(
    name="dataarch",
    help="Decide and defend a data architecture on AWS.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
rules = typer.Typer(help="Look after the rule base.", no_args_is_help=True)


class Format(StrEnum):
    """How a result is printed."""

    terminal = "terminal"
    json = "json"
    markdown = "markdown"


class Basis(StrEnum):
    """Whose word counts."""

    all = "all"
    whitepaper = "whitepaper"


def _topics(incomplete: str) -> list[str]:
    """Names that `explain` knows, for shell completion."""
    from dataarch.engine.store import open_engine
    from dataarch.explanation import topics

    found = topics(open_engine())
    names = dict.fromkeys([*found, *(option for options in found.values() for option in options)])
    return [name for name in names if name.startswith(incomplete)]


def _keys(incomplete: str) -> list[str]:
    """Answer keys and their values, for shell completion of --set."""
    from dataarch.engine.store import open_engine

    questions = open_engine().base.questions
    key, equals, value = incomplete.partition("=")
    if not equals:
        return [f"{id}=" for id in questions if id.startswith(key)]
    head, comma, last = value.rpartition(",")
    values = questions[key].values if key in questions else {}
    return [f"{key}={head}{comma}{choice}" for choice in values if choice.startswith(last)]


Answers = Annotated[
    str,
    typer.Option("--answers", "-a", metavar="FILE", help="Answers as YAML or JSON; - reads standard input."),
]
Set = Annotated[
    list[str],
    typer.Option("--set", "-s", metavar="KEY=VALUE", help="One answer; may be repeated, wins over the file.",
                 autocompletion=_keys),
]  # fmt: skip
AsOf = Annotated[
    str,
    typer.Option("--as-of", metavar="DATE", help="Evaluate what was true on this day (default: the last review)."),
]
BasisOption = Annotated[
    Basis,
    typer.Option("--basis", help="Whose word counts; the whitepaper alone gives its own answer, on its own day."),
]
Sources = Annotated[
    bool, typer.Option("--sources", help="List the sources at the end: title, section, address, day read.")
]


def _version(asked: bool) -> None:
    if asked:
        from dataarch import __version__

        print(f"dataarch {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Decide and defend a data architecture on AWS."""


@app.command()
def recommend(
    answers: Answers = "",
    set: Set = [],  # noqa: B006
    resume: Annotated[bool, typer.Option("--resume", help="Ask what is still missing.")] = False,
    ask: Annotated[
        list[str], typer.Option("--ask", metavar="KEY", help="Ask just this; may be repeated.", autocompletion=_keys)
    ] = [],  # noqa: B006
    thorough: Annotated[bool, typer.Option("--thorough", help="Ask for every decision there is.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Ask line by line, for screen readers.")] = False,
    save: Annotated[str, typer.Option("--save", metavar="FILE", help="Keep the answers in a file.")] = "",
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.terminal,
    full: Annotated[bool, typer.Option("--full", help="Show every reason, and all that lost or matters.")] = False,
    sources: Sources = False,
    output: Annotated[str, typer.Option("--output", "-o", metavar="PATH", help="Write it to a file.")] = "",
    as_of: AsOf = "",
    basis: BasisOption = Basis.all,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Recommend a pattern and decide every layer of it, with reasons and sources."""
    from dataarch.cli import commands

    wishes = (resume, ask, thorough, plain)
    shown = (full, sources)
    raise typer.Exit(
        commands.recommend(answers, set, wishes, save, format.value, output, as_of, basis.value, force, shown)
    )


@app.command()
def explain(
    names: Annotated[
        list[str],
        typer.Argument(metavar="[NAME]...", autocompletion=_topics,
                       help="A decision, an option, two options to compare, a pattern, a service, a reference"
                       " or a question."),
    ] = [],  # noqa: B006
    answers: Answers = "",
    set: Set = [],  # noqa: B006
    sources: Sources = False,
    as_of: AsOf = "",
    basis: BasisOption = Basis.all,
) -> None:  # fmt: skip
    """Explain a decision, an option, two options, or anything else that has a name; without one, list them."""
    from dataarch.cli import commands

    raise typer.Exit(commands.explain(names, answers, set, as_of, basis.value, sources))


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="FIRST", help="Answers as YAML or JSON; - reads standard input.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="The answers to compare them with.")],
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.terminal,
    output: Annotated[str, typer.Option("--output", "-o", metavar="PATH", help="Write it to a file.")] = "",
    sources: Sources = False,
    as_of: AsOf = "",
    basis: BasisOption = Basis.all,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Compare two profiles: which decisions change, because of which answers."""
    from dataarch.cli import commands

    raise typer.Exit(commands.compare((first, second), format.value, output, sources, as_of, basis.value, force))


@rules.command()
def check(
    folder: Annotated[str, typer.Argument(metavar="[FOLDER]", help="A folder of rules (default: built in).")] = "",
) -> None:
    """Prove the rules: structure, examples, every option winnable, nothing dead, no conflict, always an outcome."""
    from dataarch.cli import commands

    raise typer.Exit(commands.check(folder))


@rules.command()
def coverage(
    output: Annotated[str, typer.Option("--output", "-o", metavar="PATH", help="Write it to a file.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Say what the rules make of each statement of the whitepaper, as Markdown."""
    from dataarch.cli import commands

    raise typer.Exit(commands.coverage(output, force))


app.add_typer(rules, name="rules")
