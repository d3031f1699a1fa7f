"""One lake, seen alike by every AWS client and by every engine that reads and writes files.

The pinned emulator keeps objects in memory, or beside sidecar files in a folder that it reads only when it starts: a
file that Spark or DuckDB writes there never appears through S3, and Athena copies every object before a query. Here a
bucket is a folder of plain files, `.local/lake/<bucket>/<key>`, and nothing else: what anyone writes there is an
object at once, and an object is a file at once. Content types, metadata, older versions and tags are kept outside it.

What does not hold: a file that an engine writes raises no S3 event; a key that ends in a slash, has an empty part or
`..`, or begins with another key, is refused where plain files cannot hold it.
"""

import functools
import hashlib
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from ministack.core.responses import AccountScopedDict
from ministack.services import athena, s3

from local.emulator import lake_folder
from local.emulator.lake_folder import LakeFolder, Refused
from local.emulator.surroundings import Surroundings

# What the emulator keeps of objects outside of the bucket; it forgets these when it ends.
_STORES = (
    "_object_versions",
    "_object_tags",
    "_object_acl",
    "_object_annotations",
    "_object_retention",
    "_object_legal_hold",
)

_ACCOUNT = "000000000000"


def fill(aws: Surroundings) -> None:
    """Puts the folder in the place of the emulator's memory of objects."""
    incoming = aws.work / "incoming"
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)
    buckets = _Buckets(aws.lake, incoming)
    s3._buckets = buckets
    s3._read_body = lambda _bucket, _key, record: lake_folder.read(record)
    listed = s3._collect_list_entries
    s3._collect_list_entries = lambda objects, prefix, *rest: listed(_below(objects, prefix), prefix, *rest)
    _answer_refusals()
    _keep_versions(aws.folder / "versions")
    _keep_state(buckets)
    for folder in sorted(path for path in aws.lake.iterdir() if path.is_dir()):
        buckets.found(folder.name)
    athena._materialize_table_files = functools.partial(_table_files, aws.lake)


class _Buckets(AccountScopedDict):  # type: ignore[misc]  # the emulator is untyped
    """The emulator's buckets by account and name, each with its folder as its objects."""

    def __init__(self, lake: Path, incoming: Path) -> None:
        super().__init__()
        self._lake = lake
        self._incoming = incoming

    def __setitem__(self, name: str, bucket: dict[str, Any]) -> None:
        bucket["objects"] = self._folder(name)
        super().__setitem__(name, bucket)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Makes the bucket unless it is there; CloudFormation makes its buckets so."""
        if name not in self:
            self[name] = default
        return self[name]

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        shutil.rmtree(self._lake / name, ignore_errors=True)

    def pop(self, name: str, *default: Any) -> Any:
        """Removes the bucket and its folder."""
        bucket = super().pop(name, *default)
        shutil.rmtree(self._lake / name, ignore_errors=True)
        return bucket

    def clear(self) -> None:
        """Removes all buckets and their folders."""
        for _, name in self._data:
            shutil.rmtree(self._lake / name, ignore_errors=True)
        super().clear()

    def found(self, name: str) -> None:
        """Makes a folder that is already there a bucket; an emulator that was killed has not written it down."""
        if not any(known == name for _, known in self._data):
            self._data[(_ACCOUNT, name)] = {
                "created": s3.now_iso(),
                "region": s3.get_region(),
                "objects": self._folder(name),
            }

    def restored(self) -> None:
        """Gives the buckets that the emulator has read from its own state their folders."""
        for (_, name), bucket in self._data.items():
            if not isinstance(bucket.get("objects"), LakeFolder):
                bucket["objects"] = self._folder(name)

    def folders(self) -> dict[str, LakeFolder]:
        """Returns the folder of each bucket."""
        return {name: bucket["objects"] for (_, name), bucket in self._data.items()}

    def _folder(self, name: str) -> LakeFolder:
        versioning = s3._bucket_versioning
        return LakeFolder(self._lake / name, self._incoming, lambda: name in versioning)


def _below(objects: Any, prefix: str) -> Any:
    return objects.below(prefix) if isinstance(objects, LakeFolder) else objects


def _answer_refusals() -> None:
    """Answers a name that the lake cannot hold with one of S3's errors instead of a failure that clients repeat."""
    handle = s3.handle_request

    async def answer(*arguments: Any, **options: Any) -> Any:
        try:
            return await handle(*arguments, **options)
        except Refused as refusal:
            return s3._error("InvalidArgument", str(refusal), 400)

    s3.handle_request = answer


def _keep_versions(folder: Path) -> None:
    """Keeps the bytes of versions in files of their own instead of in memory."""
    body_of, record_version, record_marker = s3._version_body, s3._record_object_version, s3._record_delete_marker

    def file(bucket: str, key: str, version: str) -> Path:
        return folder / bucket / hashlib.sha256(key.encode()).hexdigest() / version

    def put_away(bucket: str, key: str) -> None:
        for version in s3._object_versions.get((bucket, key), ()):
            if version.get("data") is not None:
                kept = file(bucket, key, version["version_id"])
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(version["data"])
                version["data"] = None

    def record(bucket: str, key: str, *rest: Any) -> Any:
        version = record_version(bucket, key, *rest)
        put_away(bucket, key)
        return version

    def mark(bucket: str, key: str, prior: Any) -> Any:
        version = record_marker(bucket, key, prior)
        put_away(bucket, key)
        return version

    def body(bucket: Any, name: str, key: str, version: dict[str, Any]) -> bytes | None:
        kept = file(name, key, version["version_id"])
        return kept.read_bytes() if kept.exists() else body_of(bucket, name, key, version)

    s3._record_object_version, s3._record_delete_marker = record, mark
    s3._version_body = body
    s3._delete_version_file = lambda bucket, key, version: file(bucket, key, version).unlink(missing_ok=True)


def _keep_state(buckets: _Buckets) -> None:
    """Adds what is known of objects to what the emulator writes down when it ends and reads when it starts."""
    get, load = s3.get_state, s3.load_persisted_state

    def state() -> dict[str, Any]:
        objects = {name: folder.memories() for name, folder in buckets.folders().items()}
        return {**get(), "lake_objects": objects, **{name: getattr(s3, name) for name in _STORES}}

    def restore(data: dict[str, Any]) -> Any:
        result = load(data)
        buckets.restored()
        folders = buckets.folders()
        for name, known in data.get("lake_objects", {}).items():
            if name in folders:
                folders[name].remember(known)
        for name in _STORES:
            getattr(s3, name).update(data.get(name, {}))
        return result

    s3.get_state, s3.load_persisted_state = state, restore


def _table_files(lake: Path, location: str, _: list[str]) -> list[str]:
    """Returns the files of a table for Athena, which reads them where they are."""
    parsed = urlparse(location)
    bucket, prefix = parsed.netloc, parsed.path.lstrip("/")
    if prefix and not prefix.endswith("/"):
        prefix += "/"
    folder = (s3._buckets.get(bucket) or {}).get("objects")
    if folder is None:
        return []
    keys = [key for key in _below(folder, prefix) if not key.endswith("/") and not athena._hidden(key[len(prefix) :])]
    return [str(lake / bucket / key) for key in sorted(keys)]
