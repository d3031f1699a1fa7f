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
    html = "html"


class Compared(StrEnum):
    """How a comparison is printed."""

    terminal = "terminal"
    json = "json"
    markdown = "markdown"


class Drawn(StrEnum):
    """How a picture is drawn."""

    svg = "svg"
    mermaid = "mermaid"
    drawio = "drawio"


class Shape(StrEnum):
    """How the rules are listed."""

    terminal = "terminal"
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


def _templates(incomplete: str) -> list[str]:
    """Patterns that have a template, for shell completion."""
    from dataarch.scaffold.template import templates

    return [name for name in templates() if name.startswith(incomplete)]


def _choices(incomplete: str) -> list[str]:
    """Decisions and options of all templates, for shell completion of --choose."""
    from dataarch.scaffold.template import open_template, templates

    opened = [open_template(pattern).open for pattern in templates()]
    found = [f"{id}={option}" for one in opened for id, options in one.items() for option in options]
    return [choice for choice in dict.fromkeys(found) if choice.startswith(incomplete)]


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
Rules = Annotated[
    list[str],
    typer.Option("--rules", "-r", metavar="DIR", help="A folder of your own rules over the built-in ones; repeatable."),
]
Unchecked = Annotated[
    bool, typer.Option("--unchecked", help="Use those rules without proving them; every output says so.")
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
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="PATH",
                     help="Write it to a file; of Markdown, a folder gets one record for each decision."),
    ] = "",
    as_of: AsOf = "",
    basis: BasisOption = Basis.all,
    rules: Rules = [],  # noqa: B006
    unchecked: Unchecked = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    open: Annotated[bool, typer.Option("--open", help="Open what was written.")] = False,
) -> None:  # fmt: skip
    """Recommend a pattern and decide every layer of it, with reasons and sources."""
    from dataarch.cli import commands
    from dataarch.cli.opening import Laid

    wishes = (resume, ask, thorough, plain)
    written = (format.value, output, force, open)
    raise typer.Exit(commands.recommend(answers, set, wishes, save, written, as_of, basis.value, (full, sources),
                                        Laid(rules, unchecked)))  # fmt: skip


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
    rules: Rules = [],  # noqa: B006
    unchecked: Unchecked = False,
) -> None:  # fmt: skip
    """Explain a decision, an option, two options, or anything else that has a name; without one, list them."""
    from dataarch.cli import commands
    from dataarch.cli.opening import Laid

    raise typer.Exit(commands.explain(names, answers, set, as_of, basis.value, sources, Laid(rules, unchecked)))


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="FIRST", help="Answers as YAML or JSON; - reads standard input.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="The answers to compare them with.")],
    format: Annotated[Compared, typer.Option("--format", "-f", help="How to print it.")] = Compared.terminal,
    output: Annotated[str, typer.Option("--output", "-o", metavar="PATH", help="Write it to a file.")] = "",
    sources: Sources = False,
    as_of: AsOf = "",
    basis: BasisOption = Basis.all,
    rules: Rules = [],  # noqa: B006
    unchecked: Unchecked = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Compare two profiles: which decisions change, because of which answers."""
    from dataarch.cli import commands
    from dataarch.cli.opening import Laid

    laid = Laid(rules, unchecked)
    raise typer.Exit(commands.compare((first, second), format.value, output, sources, as_of, basis.value, force, laid))


@app.command()
def diagram(
    answers: Answers = "",
    set: Set = [],  # noqa: B006
    format: Annotated[Drawn, typer.Option("--format", "-f", help="How to draw it.")] = Drawn.svg,
    output: Annotated[str, typer.Option("--output", "-o", metavar="PATH", help="Write it to a file.")] = "",
    as_of: AsOf = "",
    basis: BasisOption = Basis.all,
    rules: Rules = [],  # noqa: B006
    unchecked: Unchecked = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Draw the architecture that is recommended: SVG, Mermaid for a code host, or draw.io to go on with."""
    from dataarch.cli import commands
    from dataarch.cli.opening import Laid

    laid = Laid(rules, unchecked)
    raise typer.Exit(commands.diagram(answers, set, format.value, output, as_of, basis.value, force, laid))


@app.command()
def scaffold(
    pattern: Annotated[str, typer.Argument(metavar="PATTERN", help="The pattern (--list shows those with a template).",
                                           autocompletion=_templates)] = "",
    dest: Annotated[str, typer.Argument(metavar="[DEST]",
                                        help="A new or empty folder (default: named after the workload).")] = "",
    answers: Answers = "",
    set: Set = [],  # noqa: B006
    choose: Annotated[
        list[str],
        typer.Option("--choose", "-c", metavar="DECISION=OPTION", help="A choice by hand; may be repeated.",
                     autocompletion=_choices),
    ] = [],  # noqa: B006
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The project's name: small letters, digits, -.")]
    = "",
    force: Annotated[bool, typer.Option("--force", help="Take a choice that the rules rule out; it is recorded.")]
    = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the files and what brings each; write nothing.")]
    = False,
    git: Annotated[bool, typer.Option("--git/--no-git", help="Begin a git repository, where git is there.")] = True,
    list_: Annotated[bool, typer.Option("--list", help="List the patterns that have a template.")] = False,
    rules: Rules = [],  # noqa: B006
    unchecked: Unchecked = False,
) -> None:  # fmt: skip
    """Scaffold a project for a pattern, specialised by the decisions: it runs on a laptop and deploys to AWS."""
    from dataarch.cli import commands
    from dataarch.cli.opening import Laid

    wanted = (pattern, dest, name, choose, force, dry_run, git, Laid(rules, unchecked))
    raise typer.Exit(commands.scaffold(wanted, answers, set, list_))


@app.command()
def serve(
    mcp: Annotated[bool, typer.Option("--mcp", help="Serve the Model Context Protocol on standard input and output.")]
    = False,
) -> None:  # fmt: skip
    """Serve programs: recommend, next_question, explain, compare and scaffold as tools (needs the extra mcp)."""
    from dataarch.cli import commands

    raise typer.Exit(commands.serve(mcp))


@rules.command()
def check(
    folder: Annotated[str, typer.Argument(metavar="[FOLDER]", help="A folder of rules (default: built in).")] = "",
    overlays: Rules = [],  # noqa: B006
) -> None:
    """Prove the rules: structure, examples, every option winnable, nothing dead, no conflict, always an outcome."""
    from dataarch.cli import commands

    raise typer.Exit(commands.check(folder, overlays))


@rules.command("list")
def list_rules(
    format: Annotated[Shape, typer.Option("--format", "-f", help="markdown is the whole catalogue.")] = Shape.terminal,
    output: Annotated[str, typer.Option("--output", "-o", metavar="PATH", help="Write it to a file.")] = "",
    overlays: Rules = [],  # noqa: B006
    unchecked: Unchecked = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """List the rules: in short, or as the catalogue of all of them."""
    from dataarch.cli import commands
    from dataarch.cli.opening import Laid

    raise typer.Exit(commands.list_rules(format.value, output, force, Laid(overlays, unchecked)))


@rules.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="A decision, a criterion or a reason.")],
    overlays: Rules = [],  # noqa: B006
    unchecked: Unchecked = False,
) -> None:
    """Show one rule, or all rules of a decision, with ids, conditions, weights and sources."""
    from dataarch.cli import commands
    from dataarch.cli.opening import Laid

    raise typer.Exit(commands.show_rule(name, Laid(overlays, unchecked)))


@rules.command("test")
def run_examples(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="A file of examples (default: all).")] = "",
    overlays: Rules = [],  # noqa: B006
) -> None:
    """Run the examples, and say which come out otherwise than they say."""
    from dataarch.cli import commands
    from dataarch.cli.opening import Laid

    raise typer.Exit(commands.test_rules(file, Laid(overlays, False)))


@rules.command()
def coverage(
    output: Annotated[str, typer.Option("--output", "-o", metavar="PATH", help="Write it to a file.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Say what the rules make of each statement of the whitepaper, as Markdown."""
    from dataarch.cli import commands

    raise typer.Exit(commands.coverage(output, force))


app.add_typer(rules, name="rules")
