"""The files of a project as a tree, each with the decision that brings it; and what a person types next."""

from __future__ import annotations

from collections.abc import Mapping

from dataarch.render.page import Block, Cell, Command, Heading, Item, Paragraph, Span, Table, prose
from dataarch.render.words import printable


def planned(title: str, files: Mapping[str, str]) -> list[Block]:
    """What would be written, file by file; folders stand above what is in them."""
    rows: list[tuple[Cell, ...]] = []
    before: list[str] = []
    for name, label in files.items():
        *folders, last = name.split("/")
        for depth, folder in enumerate(folders):
            if before[: depth + 1] != folders[: depth + 1]:
                rows.append(((Span(f"{'  ' * depth}{folder}/", "note"),), ()))
        before = folders
        rows.append(((Span("  " * len(folders) + last),), (Span(label, "note"),)))
    return [Heading(1, title), Table(("File", "Brought by"), rows, compact=True)]


def next_steps(title: str, notes: list[str], commands: list[tuple[str, ...]]) -> list[Block]:
    """What was made, what has to be said about it, and the commands to type next."""
    blocks: list[Block] = [Heading(1, title), *(Paragraph(prose(printable(note))) for note in notes)]
    return [*blocks, *(Command(command) for command in commands)]


def offered(titles: Mapping[str, str], found: Mapping[str, Mapping[str, list[str]]], missing: list[str]) -> list[Block]:
    """The patterns with a template, the decisions that each leaves open, and the patterns without one."""
    blocks: list[Block] = [Heading(1, "Projects that can be made")]
    for pattern, title in titles.items():
        blocks.append(Heading(3, title, (Span(f" {pattern}", "id"),)))
        for decision, options in found[pattern].items():
            blocks.append(Item((Span(decision, "id"), Span(f": {', '.join(options)}"))))
        blocks.append(Command(("dataarch scaffold", pattern)))
    return [*blocks, Paragraph(prose(f"No template yet: {', '.join(missing)}."))] if missing else blocks
