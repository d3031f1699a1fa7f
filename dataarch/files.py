"""Files: read with a limit, written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys

from dataarch.errors import Place, UserError

LIMIT = 1_000_000
"""The largest answers file that is read, in bytes."""

_STREAMS = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")


def read_text(path: str, what: str) -> str:
    """The UTF-8 text of a file, or of standard input for `-`.

    Raises UserError for anything that is no readable text file below LIMIT; nothing is parsed before that is known.
    """
    place = Place("standard input" if path == "-" else path)
    try:
        if path == "-":
            if sys.stdin is None or sys.stdin.isatty():
                raise UserError.plain(f"- reads {what} from standard input, and nothing is piped in.")
            data = sys.stdin.buffer.read(LIMIT + 1)
        else:
            mode = os.stat(path).st_mode
            if stat.S_ISDIR(mode):
                raise UserError.at(place, f"is a folder; {what} are read from a file.")
            if not stat.S_ISREG(mode) and not path.startswith(_STREAMS):
                raise UserError.at(place, f"is no regular file; pipe {what} in with -.")
            with open(path, "rb") as file:
                data = file.read(LIMIT + 1)
    except OSError as error:
        raise UserError.at(place, f"cannot be read: {reason(error)}.") from None
    except ValueError:
        raise UserError.plain("The path of the file holds a character that no file name can have.") from None
    if len(data) > LIMIT:
        raise UserError.at(place, f"is larger than {LIMIT // 1_000_000} MB; {what} fit in far less.")
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError.at(place._replace(line=line), f"is not UTF-8 text (byte {error.start + 1}).") from None


def write_text(path: str, text: str, *, force: bool = False) -> None:
    """Writes the whole text, or changes nothing.

    A regular file comes into being by a rename; an existing one with other content is kept unless `force`. Something
    that is no regular file (a terminal, a pipe) is written to directly.
    """
    place, data = Place(path), text.encode("utf-8")
    try:
        mode = os.stat(path).st_mode if os.path.exists(path) else 0
        if stat.S_ISDIR(mode) or path.endswith(("/", os.sep)):
            raise UserError.at(place, "is a folder; name a file in it.")
        if mode and not stat.S_ISREG(mode):
            with open(path, "wb", buffering=0) as file:
                file.write(data)
            return
        if mode and not force:
            if _holds(path, data):
                return
            raise UserError.at(place, "exists already and was kept.", "Add --force to replace it.")
        _replace(os.path.realpath(path), data, mode)
    except OSError as error:
        raise UserError.at(place, f"cannot be written: {reason(error)}.") from None
    except ValueError:
        raise UserError.plain("The path of the file holds a character that no file name can have.") from None


def means_folder(path: str) -> bool:
    """Whether a path that is to be written means a folder: there is one, or its name ends like none of a file.

    >>> means_folder("docs/decisions"), means_folder("new/"), means_folder("page.md")
    (True, True, False)
    """
    if os.path.lexists(path):
        return os.path.isdir(path)
    return path.endswith(("/", os.sep)) or "." not in os.path.basename(path)


def write_folder(folder: str, texts: dict[str, str], *, force: bool = False) -> None:
    """Writes files into a folder, which is made where there is none.

    Nothing is written where one of them exists with other content, unless `force`; what else is there stays.
    """
    place = Place(folder)
    try:
        if os.path.lexists(folder) and not os.path.isdir(folder):
            raise UserError.at(place, "is a file; a folder is needed here.")
        if not force:
            for name, text in texts.items():
                path = os.path.join(folder, name)
                if os.path.lexists(path) and not _holds(path, text.encode("utf-8")):
                    raise UserError.at(Place(path), "exists already and was kept.", "Add --force to replace it.")
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UserError.at(place, f"cannot be written: {reason(error)}.") from None
    except ValueError:
        raise UserError.plain("The path of the folder holds a character that no file name can have.") from None
    for name, text in texts.items():
        write_text(os.path.join(folder, name), text, force=True)


def _holds(path: str, data: bytes) -> bool:
    """Whether a regular file holds exactly these bytes."""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(len(data) + 1) == data


def reserve(path: str) -> str:
    """The first free name like `path` (`answers.yaml`, `answers-2.yaml`, …), taken by an empty file.

    Raises UserError where no file can be made.
    """
    stem, dot, ending = path.rpartition(".")
    for number in range(1, 1000):
        name = path if number == 1 else f"{stem}-{number}{dot}{ending}" if stem else f"{path}-{number}"
        try:
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        except FileExistsError:
            continue
        except OSError as error:
            raise UserError.at(Place(name), f"cannot be written: {reason(error)}.") from None
        return name
    raise UserError.at(Place(path), "exists already, and so do its numbered neighbours.")


def reason(error: OSError) -> str:
    """Why the operating system refused, in its own words, in lower case."""
    words = error.strerror or error.__class__.__name__
    return words[0].lower() + words[1:]


def _replace(path: str, data: bytes, mode: int) -> None:
    """Writes beside the target and renames; the temporary file never stays."""
    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)[:200]}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IMODE(mode) if mode else 0o666)
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
