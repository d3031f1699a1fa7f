"""Objects of the lake as files, for engines that know no S3 here: DuckDB, and Flink without its jar."""

from pathlib import Path
from urllib.parse import unquote, urlparse

from local.errors import LocalAwsError


def file_of(lake: Path, uri: str) -> Path:
    """Returns the file or folder of `s3://bucket/key`.

    Raises:
        LocalAwsError: it is no such address, or leads out of the lake.
    """
    place = urlparse(uri)
    parts = unquote(place.path).strip("/").split("/")
    if place.scheme not in ("s3", "s3a") or not place.netloc or ".." in [place.netloc, *parts]:
        raise LocalAwsError(f"{uri} is no address in the lake; write s3://bucket/key.")
    return lake.joinpath(place.netloc, *(part for part in parts if part))


def file_uri(lake: Path, uri: str) -> str:
    """Returns the `file://` address of `s3://bucket/key`, for an engine that takes addresses."""
    return file_of(lake, uri).as_uri()
