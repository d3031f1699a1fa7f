"""From records to objects: transformation, partitions, format, compression, and the error prefix."""

import asyncio
import gzip
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_region
from ministack.services import firehose, s3

from local.emulator import roles
from local.emulator.firehose import processors
from local.emulator.firehose.processors import Record, Rejected
from local.emulator.logs import LogStream

SERVICE = "firehose.amazonaws.com"
Config = dict[str, Any]


class Undelivered(Exception):
    """An object could not be stored: no permission, no bucket."""


@dataclass(frozen=True)
class Item:
    """An object to be stored."""

    bucket: str
    key: str
    body: bytes


class Delivery:
    """What turns a batch of a stream into objects."""

    def __init__(self, stream: dict[str, Any], config: Config) -> None:
        """Takes the emulator's record of the stream and the configuration of the destination."""
        self.stream = stream
        self.config = config
        # When the batch was closed, for prefixes and names.
        self.time = firehose._arrival_time(config)

    def prepare(self, records: list[Record]) -> list[Item]:
        """Returns the objects for the records; none of the records is left out of them, unless it was dropped."""
        if not records:
            return []
        rejected: list[Rejected] = []
        items = self._backup(records)
        kept = processors.process(self.stream, self.config, records, rejected, self._session)
        for prefix, group in self._partitions(kept, rejected).items():
            items += self._objects(prefix, group, rejected)
        return items + self._errors(rejected)

    def store(self, item: Item) -> None:
        """Stores an object with the permissions of the stream's role.

        Raises:
            Undelivered: with the reason; it is written to the stream's log as well.
        """
        try:
            session = self._session()
        except roles.RoleError as error:
            raise self._undelivered("S3.AccessDenied", str(error)) from error
        try:
            roles.check(session, "s3:PutObject", "s3", f"arn:aws:s3:::{item.bucket}/{item.key}")
        except PermissionError as error:
            raise self._undelivered("S3.AccessDenied", str(error)) from error
        finally:
            roles.forget(session)
        headers = {"content-type": "application/octet-stream", "content-length": str(len(item.body)), "host": "s3"}
        status, _, body = asyncio.run(
            s3.handle_request("PUT", f"/{item.bucket}/{item.key}", headers, item.body, {}, internal=True)
        )
        if status >= 300:
            said = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
            raise self._undelivered("S3.Failed", f"s3://{item.bucket}/{item.key}: {said}")

    def _session(self) -> dict[str, str]:
        return roles.credentials(self.config.get("RoleARN", ""), SERVICE, self.stream["name"])

    def _undelivered(self, code: str, reason: str) -> Undelivered:
        options = self.config.get("CloudWatchLoggingOptions") or {}
        if options.get("Enabled"):
            said = {"deliveryStreamARN": self.stream["arn"], "errorCode": code, "errorMessage": reason}
            LogStream(options["LogGroupName"], options["LogStreamName"]).write(json.dumps(said))
        return Undelivered(reason)

    def _partitions(self, records: Iterable[Record], rejected: list[Rejected]) -> dict[str, list[Record]]:
        """Returns the records by the prefix of their objects."""
        dynamic = (self.config.get("DynamicPartitioningConfiguration") or {}).get("Enabled")
        prefixes: dict[str, str] = {}
        groups: dict[str, list[Record]] = {}
        for record in records:
            try:
                queried = firehose._metadata_extraction_keys(self.config, record.data) if dynamic else None
                keys = json.dumps([queried, record.keys], sort_keys=True)
                if keys not in prefixes:
                    prefixes[keys] = firehose._evaluate_prefix(
                        self.config.get("Prefix", ""), self.time, queried, record.keys
                    )
            except firehose._DeliveryError as error:
                code = "DynamicPartitioning.MetadataExtractionFailed"
                rejected.append(Rejected(record, error.output_type, error.code or code, error.message))
            else:
                groups.setdefault(prefixes[keys], []).append(record)
        return groups

    def _objects(self, prefix: str, records: list[Record], rejected: list[Rejected]) -> list[Item]:
        """Returns one object for the records of a partition."""
        conversion = self.config.get("DataFormatConversionConfiguration") or {}
        if conversion and conversion.get("Enabled", True):
            body, extension = _converted(conversion, records, rejected), ".parquet"
        else:
            compress, extension = COMPRESSION[self.config.get("CompressionFormat", "UNCOMPRESSED")]
            body = compress(b"".join(record.data for record in records))
        if body is None:
            return []
        name = f"{prefix}{self._name()}{self.config.get('FileExtension') or extension}"
        return [Item(self._bucket(), name, body)]

    def _errors(self, rejected: list[Rejected]) -> list[Item]:
        """Returns an object for each kind of error, with a line for each record."""
        kinds: dict[str, list[Rejected]] = {}
        for one in rejected:
            kinds.setdefault(one.kind, []).append(one)
        return [self._error_object(kind, group) for kind, group in kinds.items()]

    def _error_object(self, kind: str, group: list[Rejected]) -> Item:
        template = self.config.get("ErrorOutputPrefix")
        prefix = (
            firehose._evaluate_prefix(template, self.time, error_type=kind)
            if template
            else f"{self.config.get('Prefix', '').partition('!')[0]}{kind}/"
            f"{firehose._java_time('yyyy/MM/dd/HH/', self.time)}"
        )
        lines = [
            json.dumps(one.document(self._table() if kind == "format-conversion-failed" else None)) for one in group
        ]
        return Item(self._bucket(), f"{prefix}{self._name()}", "".join(f"{line}\n" for line in lines).encode())

    def _backup(self, records: list[Record]) -> list[Item]:
        """Returns the source records as they came, when the stream keeps them."""
        backup = self.config.get("S3BackupConfiguration")
        if self.config.get("S3BackupMode") != "Enabled" or not backup:
            return []
        return Delivery(self.stream, backup)._objects(
            firehose._evaluate_prefix(backup.get("Prefix", ""), self.time), records, []
        )

    def _table(self) -> dict[str, Any]:
        schema = (self.config.get("DataFormatConversionConfiguration") or {}).get("SchemaConfiguration") or {}
        return {
            "databaseName": schema.get("DatabaseName"),
            "tableName": schema.get("TableName"),
            "region": schema.get("Region") or get_region(),
            "versionId": schema.get("VersionId", "LATEST"),
        }

    def _bucket(self) -> str:
        return str(firehose._s3_bucket_from_arn(self.config.get("BucketARN", "")))

    def _name(self) -> str:
        stamp = firehose._java_time("yyyy-MM-dd-HH-mm-ss", self.time)
        return f"{self.stream['name']}-{self.stream.get('version', 1)}-{stamp}-{uuid.uuid4()}"


def _converted(conversion: Config, records: list[Record], rejected: list[Rejected]) -> bytes | None:
    """Returns the records as one Parquet file, without those that do not fit the table."""
    good = [record for record in records if _fits(record, rejected)]
    while good:
        try:
            content: bytes = firehose._convert_to_parquet(conversion, b"\n".join(record.data for record in good))
        except firehose._DeliveryError as error:
            bad = _misfits(conversion, good)
            for record in bad:
                rejected.append(Rejected(record, error.output_type, error.code, error.message))
            good = [record for record in good if record not in bad]
        else:
            return content
    return None


def _fits(record: Record, rejected: list[Rejected]) -> bool:
    """Whether a record consists of JSON objects."""
    try:
        firehose._json_documents(record.data)
    except firehose._DeliveryError as error:
        rejected.append(Rejected(record, error.output_type, error.code, error.message))
        return False
    return True


def _misfits(conversion: Config, records: list[Record]) -> list[Record]:
    """Returns the records that cannot be converted, found by halving."""
    try:
        firehose._convert_to_parquet(conversion, b"\n".join(record.data for record in records))
    except firehose._DeliveryError:
        if len(records) == 1:
            return records
        half = len(records) // 2
        return _misfits(conversion, records[:half]) + _misfits(conversion, records[half:])
    return []


def _zip(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("records", content)
    return archive.getvalue()


COMPRESSION: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "UNCOMPRESSED": (lambda content: content, ""),
    "GZIP": (gzip.compress, ".gz"),
    "ZIP": (_zip, ".zip"),
}
