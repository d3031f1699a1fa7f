"""Objects and archives of SageMaker, moved with the permissions of a role."""

import gzip
import io
import tarfile
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from botocore.exceptions import ClientError


class DataError(ValueError):
    """An object or archive is missing, unreadable or not allowed."""


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an s3:// URI.

    >>> split("s3://lake/curated/part-0.csv")
    ('lake', 'curated/part-0.csv')
    """
    parts = urlparse(uri)
    if parts.scheme != "s3" or not parts.netloc:
        raise DataError(f"{uri} is not an s3:// URI")
    return parts.netloc, parts.path.lstrip("/")


def read(s3: Any, uri: str) -> bytes:
    """The content of one object."""
    bucket, key = split(uri)
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise DataError(f"{uri} cannot be read: {error}") from error
    return content


def download(s3: Any, prefix: str, folder: Path) -> int:
    """Copy every object under a prefix into a folder, with the keys below the prefix as paths; how many."""
    bucket, start = split(prefix)
    folder.mkdir(parents=True, exist_ok=True)
    copied = 0
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=start):
            for entry in page.get("Contents", []):
                key = entry["Key"]
                if key.endswith("/"):
                    continue
                below = key[len(start) :].lstrip("/") if start.endswith("/") or key != start else ""
                target = folder / (below or key.rsplit("/", 1)[-1])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
                copied += 1
    except ClientError as error:
        raise DataError(f"{prefix} cannot be read: {error}") from error
    if not copied:
        raise DataError(f"no objects were found under {prefix}")
    return copied


def write(s3: Any, uri: str, content: bytes) -> None:
    """Store an object."""
    bucket, key = split(uri)
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    except ClientError as error:
        raise DataError(f"{uri} cannot be written: {error}") from error


def unpack(archive: bytes, name: str, folder: Path) -> None:
    """Unpack a .tar.gz into a folder; entries that point outside of it are refused."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, gzip.BadGzipFile, EOFError) as error:
        raise DataError(f"{name} is not a readable .tar.gz: {error}") from error


def pack(folder: Path) -> bytes:
    """The content of a folder as .tar.gz, the same bytes for the same content."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for path in sorted(folder.rglob("*")):
            entry = tar.gettarinfo(path, path.relative_to(folder).as_posix())
            entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = 0, 0, 0, "", ""
            if entry.isfile():
                with path.open("rb") as content:
                    tar.addfile(entry, content)
            else:
                tar.addfile(entry)
    return gzip.compress(plain.getvalue(), mtime=0)
