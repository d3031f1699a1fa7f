"""The objects of one bucket as plain files of a folder, in the shape in which the emulator keeps objects in memory."""

import contextlib
import hashlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISDIR
from typing import Any

# Folders in which Spark, Hadoop and Flink write what is not yet finished; on S3 it is uploaded at the end.
_UNFINISHED_FOLDERS = ("_temporary", ".spark-staging", ".staging_")

Signature = tuple[int, int, int]


class Refused(ValueError):
    """The name of an object that a folder of plain files cannot hold."""


def read(record: dict[str, Any]) -> bytes:
    """Returns the bytes of an object: those that are kept with it, else those of its file."""
    body: bytes | None = record.get("body")
    return Path(record["file"]).read_bytes() if body is None else body


class LakeFolder(MutableMapping[str, dict[str, Any]]):
    """A bucket's objects by key.

    Every file is an object, whoever wrote it; a file that another process has changed is another object, and what the
    emulator knew of the old one (content type, metadata, version) is forgotten.
    """

    def __init__(self, root: Path, incoming: Path, versioned: Callable[[], bool]) -> None:
        """Args:
        root: the folder of the bucket.
        incoming: where files are written before they are renamed, on the same disk.
        versioned: whether a replaced object may still be asked for.
        """
        self.root = root
        self._incoming = incoming
        self._versioned = versioned
        self._known: dict[str, tuple[Signature, dict[str, Any]]] = {}
        self._lock = threading.RLock()
        root.mkdir(parents=True, exist_ok=True)

    def __getitem__(self, key: str) -> dict[str, Any]:
        try:
            path = self._path(key)
            stat = path.stat()
        except (Refused, OSError):
            raise KeyError(key) from None
        if key.endswith("/"):
            # A folder is an object only where somebody has put it as one.
            return self._known[key][1]
        if S_ISDIR(stat.st_mode):
            raise KeyError(key)
        with self._lock:
            signature, record = self._known.get(key, (None, {}))
            if signature != _signature(stat):
                record = {**_found(stat), "file": str(path)}
                self._known[key] = (_signature(stat), record)
            return record

    def __setitem__(self, key: str, record: dict[str, Any]) -> None:
        path = self._path(key)
        body = read(record)
        with self._lock:
            if self._versioned() and (previous := self.get(key)) is not None:
                previous["body"] = read(previous)
            if key.endswith("/"):
                if body:
                    raise Refused(f"{key!r} ends in a slash, so it is a folder in the lake and cannot have content.")
                _file_errors(key, lambda: path.mkdir(parents=True, exist_ok=True))
            else:
                _file_errors(key, lambda: self._write(path, body))
            # The very record is kept: the emulator goes on to note the version in it.
            record.update(body=None, file=str(path))
            self._known[key] = (_signature(path.stat()), record)

    def __delitem__(self, key: str) -> None:
        self[key]
        path = self._path(key)
        with self._lock:
            self._known.pop(key, None)
            if not key.endswith("/"):
                path.unlink(missing_ok=True)
            self._prune(path if key.endswith("/") else path.parent)

    def __iter__(self) -> Iterator[str]:
        return iter(self.below(""))

    def __len__(self) -> int:
        return len(self.below(""))

    def __bool__(self) -> bool:
        return bool(self.below(""))

    def below(self, prefix: str) -> list[str]:
        """Returns the keys that begin with the prefix; only the folder that the prefix names is looked at."""
        folder = prefix.rpartition("/")[0]
        try:
            start = self._path(folder) if folder else self.root
        except Refused:
            return []
        markers = [key for key in list(self._known) if key.endswith("/") and key.startswith(prefix) and key in self]
        files = _files(str(start), f"{folder}/" if folder else "")
        return markers + [key for key in files if key.startswith(prefix)]

    def remember(self, known: Mapping[str, Any]) -> None:
        """Takes over what an earlier run knew of objects; where the file is another by now, it is not asked again."""
        for key, (signature, record) in known.items():
            with contextlib.suppress(Refused):
                self._known[key] = (tuple(signature), {**record, "file": str(self._path(key))})

    def memories(self) -> dict[str, Any]:
        """Returns what the next run is to know: all that is still so of objects that were put."""
        with self._lock:
            return {
                key: [list(signature), {**record, "body": None}]
                for key, (signature, record) in list(self._known.items())
                if self.get(key) is record
            }

    def _path(self, key: str) -> Path:
        """Returns the file of a key.

        Raises:
            Refused: no plain file inside the folder can have that name.
        """
        parts = key.removesuffix("/").split("/")
        if "\0" in key or any(part in ("", ".", "..") for part in parts):
            raise Refused(
                f"{key!r} has an empty part, '.' or '..' in it, which no file inside the bucket's folder has."
            )
        if any(_unfinished(part) for part in parts):
            raise Refused(f"{key!r} is a name under which Spark or Flink keeps unfinished work.")
        return self.root.joinpath(*parts)

    def _write(self, path: Path, body: bytes) -> None:
        """Writes a file so that readers find the old content or the new, never a part."""
        part = f"{self._incoming}/{uuid.uuid4().hex}"
        with open(part, "wb") as file:  # noqa: PTH123  # a third of the time of a small object
            file.write(body)
        try:
            try:
                os.replace(part, path)  # noqa: PTH105
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.replace(part, path)  # noqa: PTH105
        except OSError:
            Path(part).unlink(missing_ok=True)
            raise

    def _prune(self, folder: Path) -> None:
        """Removes folders that are empty now, as S3 has none; those that were put as objects stay."""
        while folder != self.root and f"{folder.relative_to(self.root).as_posix()}/" not in self._known:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


def _signature(stat: os.stat_result) -> Signature:
    return (stat.st_size, stat.st_mtime_ns, stat.st_ino)


def _found(stat: os.stat_result) -> dict[str, Any]:
    """Returns what S3 says of a file that another process wrote."""
    # The shape of a multipart upload's ETag: nobody takes it for the MD5 of the content, which is not read for it.
    etag = hashlib.md5(repr(_signature(stat)).encode(), usedforsecurity=False).hexdigest()
    modified = datetime.fromtimestamp(stat.st_mtime, UTC)
    return {
        "body": None,
        "content_type": "application/octet-stream",
        "content_encoding": None,
        "etag": f'"{etag}-1"',
        "last_modified": modified.strftime("%Y-%m-%dT%H:%M:%S.") + f"{modified.microsecond // 1000:03d}Z",
        "size": stat.st_size,
        "metadata": {},
        "preserved_headers": {},
        "storage_class": "STANDARD",
        "checksums": {},
    }


def _files(folder: str, prefix: str) -> Iterator[str]:
    """Yields the keys of the finished files below a folder."""
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if _unfinished(entry.name):
            continue
        # A link to a folder may lead out of the lake, or round in a circle.
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, f"{prefix}{entry.name}/")
        elif entry.is_file():
            yield prefix + entry.name


def _unfinished(name: str) -> bool:
    """Whether engines use the name for checksums and for work that is not finished; on S3 such files never appear."""
    return name.startswith(_UNFINISHED_FOLDERS) or (
        name.startswith(".") and (name.endswith(".crc") or ".inprogress." in name)
    )


def _file_errors(key: str, write: Callable[[], object]) -> None:
    try:
        write()
    except (NotADirectoryError, FileExistsError, IsADirectoryError):
        raise Refused(
            f"{key!r} would be a file and a folder at once; in the lake a key cannot begin with another."
        ) from None
    except OSError as error:
        raise Refused(f"{key!r} cannot be written in the lake: {error.strerror}.") from None
