"""Uploads what the templates refer to: nested templates, code, definitions, scripts.

Everything is stored under the hash of its content, so the same content is uploaded once, and a template that refers to
it changes only when the content does: deploying again without a change is no update.

In a template a local path stands where AWS wants an object:

    TemplateURL: storage.yaml                  of a nested stack
    Code: ../src/score                         of a Lambda function: a folder, zipped
    Content: ../layers/shared                  of a Lambda layer
    DefinitionS3Location: train.asl.json       of a state machine
    ScriptLocation: ../jobs/curate.py          of a Glue job
    FileKey: ../flink                          of a Flink application: a folder, zipped, in the bucket of artifacts
    "--extra-py-files": ../model               what its script imports: a folder, zipped

Paths are relative to the template that names them. Templates are YAML, with such a property on a line of its own.
"""

import gzip
import hashlib
import io
import os
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from deploy.errors import DeployError

# A property with a value of one word on its line; a tag, a mapping, a list and a block scalar are none.
_REFERENCE = re.compile(
    r"""^(?P<before>\s*(?:-\s+)?
        "?(?P<key>TemplateURL|Code|Content|FileKey|DefinitionS3Location|ScriptLocation|--extra-py-files)"?:[ \t]+)
        (?P<quote>["']?)(?P<path>[^\s"'!{\[|>&*#][^\s"']*)(?P=quote)(?P<after>[ \t]*(?:\#.*)?)$""",
    re.VERBOSE,
)
_LEFT_OUT = {"__pycache__", ".DS_Store"}
# A file's name below its folder, its content, and whether it can be executed.
File = tuple[str, bytes, bool]
# The first day that a zip archive can name.
_DAY = (1980, 1, 1, 0, 0, 0)


def package(root: Path, bucket: str, s3: Any = None) -> str:
    """Uploads a template and all that it and its nested templates refer to; returns the template's address.

    Raises:
        DeployError: a path leads nowhere, or templates nest each other in a circle; with the file and the line.
    """
    return _Packager(bucket, s3 or boto3.client("s3")).template(root.resolve(), ())


def archive(folder: Path, bucket: str, s3: Any = None) -> str:
    """Uploads a folder as a tar archive, as SageMaker wants its code, and returns its s3:// address."""
    files = list(_files(folder))
    key = f"{_hash(files)}/sourcedir.tar.gz"
    _Packager(bucket, s3 or boto3.client("s3")).upload(key, lambda: tar(files))
    return f"s3://{bucket}/{key}"


class _Packager:
    """Uploads to one bucket; every template is packaged once."""

    def __init__(self, bucket: str, s3: Any) -> None:
        self.bucket = bucket
        self.s3 = s3
        self.done: dict[Path, str] = {}

    def template(self, path: Path, above: tuple[Path, ...]) -> str:
        """Returns the address of an uploaded template."""
        if path in above:
            circle = " → ".join(one.name for one in (*above[above.index(path) :], path))
            raise DeployError(f"Templates nest each other in a circle: {circle}.")
        if path not in self.done:
            try:
                text = path.read_text(encoding="utf-8")
            except OSError as error:
                raise DeployError(f"The template {path} cannot be read: {error.strerror}.") from error
            lines = [
                self._line(path, number, line, (*above, path)) for number, line in enumerate(text.splitlines(), start=1)
            ]
            content = ("\n".join(lines) + "\n").encode()
            key = f"{hashlib.sha256(content).hexdigest()}/{path.name}"
            self.upload(key, lambda: content)
            self.done[path] = self._address(key)
        return self.done[path]

    def upload(self, key: str, content: Callable[[], bytes]) -> None:
        """Stores an object unless it is there already; `content` is called only when it is needed."""
        try:
            self.s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            # Without the permission to list a bucket, what is missing is forbidden.
            if error.response["Error"]["Code"] not in {"404", "403", "NoSuchKey"}:
                raise
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content())

    def _line(self, template: Path, number: int, line: str, above: tuple[Path, ...]) -> str:
        found = _REFERENCE.match(line)
        if found is None or "://" in found["path"]:
            return line
        path = (template.parent / found["path"]).resolve()
        if not path.exists():
            if "/" not in found["path"] and found["key"] in {"Code", "Content"}:
                return line  # a word in some text, for these are words of many texts
            raise DeployError(f"{template}:{number}: {found['key']} names {found['path']}, and there is no such path.")
        return f"{found['before']}{self._uploaded(found['key'], path, above)}{found['after']}"

    def _uploaded(self, key: str, path: Path, above: tuple[Path, ...]) -> str:
        """Returns what stands in the template instead of a path."""
        if key == "TemplateURL":
            return self.template(path, above)
        files = list(_files(path))
        if key in {"Code", "Content"}:
            name = f"{_hash(files)}/{path.name}.zip"
            self.upload(name, lambda: zipped(files))
            return f'{{S3Bucket: "{self.bucket}", S3Key: "{name}"}}'
        if key == "FileKey":
            name = f"{_hash(files)}/{path.name}.zip"
            self.upload(name, lambda: zipped(files))
            return f'"{name}"'
        if key == "--extra-py-files":
            name = f"{_hash(files)}/{path.name}.zip"
            self.upload(name, lambda: zipped(files))
            return f'"s3://{self.bucket}/{name}"'
        name = f"{_hash(files)}/{path.name}"
        self.upload(name, path.read_bytes)
        if key == "DefinitionS3Location":
            return f'{{Bucket: "{self.bucket}", Key: "{name}"}}'
        return f'"s3://{self.bucket}/{name}"'

    def _address(self, key: str) -> str:
        region = self.s3.meta.region_name
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return f"https://s3.{region}.{suffix}/{self.bucket}/{key}"


def zipped(files: list[File]) -> bytes:
    """Returns a zip archive, the same bytes for the same files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data, executable in files:
            entry = zipfile.ZipInfo(name, _DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            package.writestr(entry, data)
    return content.getvalue()


def tar(files: list[File]) -> bytes:
    """Returns a compressed tar archive, the same bytes for the same files."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as package:
        for name, data, executable in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.mode = 0o755 if executable else 0o644
            package.addfile(entry, io.BytesIO(data))
    return gzip.compress(content.getvalue(), mtime=0)


def _files(path: Path) -> Iterator[File]:
    """Yields the files of a folder with their names below it, sorted; or the one file."""
    if path.is_file():
        yield path.name, path.read_bytes(), os.access(path, os.X_OK)
        return
    for file in sorted(path.rglob("*"), key=lambda one: one.relative_to(path).as_posix()):
        parts = file.relative_to(path).parts
        if file.is_file() and not _LEFT_OUT.intersection(parts) and file.suffix != ".pyc":
            yield "/".join(parts), file.read_bytes(), os.access(file, os.X_OK)


def _hash(files: list[File]) -> str:
    """Returns the hash of names and contents; that of an archive would depend on the version of its compressor."""
    found = hashlib.sha256()
    for name, data, executable in files:
        found.update(f"{name}\0{len(data)}\0{executable}\0".encode() + data)
    return found.hexdigest()
