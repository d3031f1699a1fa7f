"""One lake: what an AWS client writes is a plain file, and a plain file is an object."""

import hashlib
import json
import os
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import LocalAws
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def new_bucket(aws: LocalAws) -> tuple[Any, str, Path]:
    """Returns an S3 client, the name of a new bucket, and its folder."""
    s3, name = aws.client("s3"), f"lake-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return s3, name, aws.lake / name


def keys(s3: Any, bucket: str, **options: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, **options)
    return [found["Key"] for page in pages for found in page.get("Contents", ())]


def scenario(aws: LocalAws) -> None:
    """Both directions: an object is a file, and a file of another process is an object."""
    s3, bucket, folder = new_bucket(aws)
    s3.put_object(Bucket=bucket, Key="raw/day=1/a.json", Body=b'{"n": 1}')
    assert (folder / "raw/day=1/a.json").exists()
    assert (folder / "raw/day=1/a.json").read_bytes() == b'{"n": 1}'
    (folder / "raw/day=2").mkdir()
    (folder / "raw/day=2/b.json").write_bytes(b'{"n": 2}')
    assert keys(s3, bucket, Prefix="raw/") == ["raw/day=1/a.json", "raw/day=2/b.json"]
    assert s3.get_object(Bucket=bucket, Key="raw/day=2/b.json")["Body"].read() == b'{"n": 2}'
    assert s3.head_object(Bucket=bucket, Key="raw/day=2/b.json")["ContentLength"] == 8


def test_a_file_is_an_object_and_an_object_is_a_file(aws: LocalAws) -> None:
    scenario(aws)


def test_a_bucket_of_a_stack_is_a_folder_too(aws: LocalAws) -> None:
    formation, name = aws.client("cloudformation"), f"lake-{uuid.uuid4().hex[:12]}"
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}}}
    formation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    aws.client("s3").put_object(Bucket=name, Key="raw/a.json", Body=b"{}")
    assert (aws.lake / name / "raw/a.json").read_bytes() == b"{}"


def test_the_emulator_alone_has_no_lake(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["lake"]))


def test_only_data_lies_in_the_lake(aws: LocalAws) -> None:
    s3, bucket, folder = new_bucket(aws)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="t/a.csv", Body=b"1", ContentType="text/csv", Metadata={"source": "till"})
    s3.put_object_tagging(Bucket=bucket, Key="t/a.csv", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.put_object(Bucket=bucket, Key="t/a.csv", Body=b"2")
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == ["t/a.csv"]


def test_metadata_is_kept_until_another_process_changes_the_file(aws: LocalAws) -> None:
    s3, bucket, folder = new_bucket(aws)
    s3.put_object(Bucket=bucket, Key="a.csv", Body=b"one", ContentType="text/csv", Metadata={"source": "till"})
    head = s3.head_object(Bucket=bucket, Key="a.csv")
    assert (head["ContentType"], head["Metadata"]) == ("text/csv", {"source": "till"})
    assert head["ETag"].strip('"') == hashlib.md5(b"one").hexdigest()
    (folder / "a.csv").write_bytes(b"another")
    changed = s3.head_object(Bucket=bucket, Key="a.csv")
    assert (changed["ContentLength"], changed["Metadata"]) == (7, {})
    assert changed["ETag"] != head["ETag"]


def test_a_deleted_file_is_a_deleted_object_and_the_other_way_round(aws: LocalAws) -> None:
    s3, bucket, folder = new_bucket(aws)
    for key in ("x/a", "x/b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    (folder / "x/a").unlink()
    assert keys(s3, bucket) == ["x/b"]
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="x/a")
    s3.delete_object(Bucket=bucket, Key="x/b")
    assert list(folder.iterdir()) == []
    s3.delete_bucket(Bucket=bucket)
    assert not folder.exists()


def test_unfinished_work_of_engines_is_no_object(aws: LocalAws) -> None:
    s3, bucket, folder = new_bucket(aws)
    unfinished = [
        "t/_temporary/0/part-0.parquet",
        "t/.part-0.parquet.crc",
        "t/.part-1-0.inprogress.8c1f",
        "t/._SUCCESS.crc",
    ]
    for name in [*unfinished, "t/part-0.parquet", "t/_SUCCESS"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"1")
    assert keys(s3, bucket) == ["t/_SUCCESS", "t/part-0.parquet"]
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=bucket, Key=unfinished[0])


@pytest.mark.parametrize("key", ["../out", "a/../../out", "a//b", "./a", "a/./b", "/etc/out", "t/_temporary/x"])
def test_a_key_that_no_file_of_the_folder_can_have_is_refused(aws: LocalAws, key: str) -> None:
    s3, bucket, _ = new_bucket(aws)
    before = {path for path in aws.folders.root.rglob("*") if "out" in path.name}
    with pytest.raises(ClientError, match="InvalidArgument"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    assert {path for path in aws.folders.root.rglob("*") if "out" in path.name} == before


def test_links_lead_neither_out_of_the_lake_nor_round_in_a_circle(aws: LocalAws, tmp_path: Path) -> None:
    s3, bucket, folder = new_bucket(aws)
    s3.put_object(Bucket=bucket, Key="t/a", Body=b"1")
    (tmp_path / "secret").write_text("x")
    (folder / "t/out").symlink_to(tmp_path)
    (folder / "t/round").symlink_to(folder)
    assert keys(s3, bucket) == ["t/a"]


def test_a_key_below_another_key_is_refused_and_harms_neither(aws: LocalAws) -> None:
    s3, bucket, _ = new_bucket(aws)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    with pytest.raises(ClientError, match="a file and a folder at once"):
        s3.put_object(Bucket=bucket, Key="a/b", Body=b"2")
    s3.put_object(Bucket=bucket, Key="c/d", Body=b"3")
    with pytest.raises(ClientError, match="a file and a folder at once"):
        s3.put_object(Bucket=bucket, Key="c", Body=b"4")
    assert [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in ("a", "c/d")] == [b"1", b"3"]


def test_a_folder_that_somebody_put_is_listed(aws: LocalAws) -> None:
    s3, bucket, folder = new_bucket(aws)
    s3.put_object(Bucket=bucket, Key="in/")
    (folder / "other").mkdir()
    assert keys(s3, bucket) == ["in/"]
    s3.delete_object(Bucket=bucket, Key="in/")
    assert keys(s3, bucket) == []


def test_versions_are_those_that_were_put(aws: LocalAws) -> None:
    s3, bucket, folder = new_bucket(aws)
    s3.put_object(Bucket=bucket, Key="a", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="a", Body=b"first")["VersionId"]
    s3.put_object(Bucket=bucket, Key="a", Body=b"second")
    bodies = {
        version: s3.get_object(Bucket=bucket, Key="a", VersionId=version)["Body"].read() for version in ("null", first)
    }
    assert bodies == {"null": b"before", first: b"first"}
    s3.delete_object(Bucket=bucket, Key="a")
    assert not (folder / "a").exists()
    marker = s3.list_object_versions(Bucket=bucket)["DeleteMarkers"][0]["VersionId"]
    s3.delete_object(Bucket=bucket, Key="a", VersionId=marker)
    assert (folder / "a").read_bytes() == b"second"


def test_large_uploads_in_parts_and_copies_are_files(aws: LocalAws) -> None:
    s3, bucket, folder = new_bucket(aws)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    body = os.urandom(5 << 20)
    parts = [
        {
            "PartNumber": n,
            "ETag": s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=n, Body=b)["ETag"],
        }
        for n, b in ((1, body), (2, b"end"))
    ]
    s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    s3.copy_object(Bucket=bucket, Key="copy/of", CopySource={"Bucket": bucket, "Key": "big"})
    assert (folder / "big").read_bytes() == (folder / "copy/of").read_bytes() == body + b"end"


def test_thousands_of_files_are_listed_quickly(aws: LocalAws) -> None:
    s3, bucket, folder = new_bucket(aws)
    for day in range(50):
        (folder / f"t/day={day}").mkdir(parents=True)
        for n in range(100):
            (folder / f"t/day={day}/{n}.json").write_bytes(b"{}")
    began = time.monotonic()
    assert len(keys(s3, bucket)) == 5000
    assert len(keys(s3, bucket, Prefix="t/day=7/")) == 100
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("killed", [False, True])
def test_a_restart_keeps_the_data(start: Start, tmp_path: Path, killed: bool) -> None:
    first = start(folder=tmp_path)
    s3, bucket, folder = new_bucket(first)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=bucket, Key="a", Body=b"old")["VersionId"]
    s3.put_object(Bucket=bucket, Key="a", Body=b"new", ContentType="text/csv", Metadata={"k": "v"})
    if killed and first.running:
        os.kill(first.running.pid, 9)
    first.stop()
    (folder / "b").write_bytes(b"meanwhile")
    s3 = start(folder=tmp_path).client("s3")
    assert {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys(s3, bucket)} == {
        "a": b"new",
        "b": b"meanwhile",
    }
    if not killed:
        head = s3.head_object(Bucket=bucket, Key="a")
        assert (head["ContentType"], head["Metadata"]) == ("text/csv", {"k": "v"})
        assert s3.get_object(Bucket=bucket, Key="a", VersionId=old)["Body"].read() == b"old"
