"""The nearest valid spelling of a word that was not understood."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, choices: Iterable[str], limit: int = 1) -> list[str]:
    """Up to `limit` of the choices that `word` was probably meant to be, nearest first; none if all are far."""
    from difflib import get_close_matches

    known = {_plain(choice): choice for choice in choices}
    found = get_close_matches(_plain(word[:80]), known, n=limit, cutoff=0.6)
    return [known[match] for match in found]


def meant(word: str, choices: Iterable[str]) -> str:
    """A hint sentence: what was probably meant, or, where nothing is near and the list is short, what is allowed."""
    options = list(choices)
    near = nearest(word, options)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Allowed: {', '.join(options)}." if 0 < len(options) <= 12 else ""


def shown(text: str, limit: int = 60) -> str:
    """A user's text, quoted, on one line and shortened, safe to print wherever it came from."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return ascii(short) if any(0xD800 <= ord(c) <= 0xDFFF for c in short) else repr(short)


def printable(text: str) -> str:
    r"""The text on one line, with what a terminal would act on or could not show written as an escape.

    >>> print(printable("a\x1b[31m"))
    a\x1b[31m
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _plain(word: str) -> str:
    return word.lower().replace("_", "-")
