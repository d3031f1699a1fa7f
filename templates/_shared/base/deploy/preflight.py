"""Looks at an AWS account, changes nothing, and says what a deployment would miss, with a link for each thing."""

import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import boto3
from botocore.exceptions import BotoCoreError, ClientError

INFRA = Path(__file__).resolve().parent.parent / "infra"

_CREDENTIALS = "https://docs.aws.amazon.com/cli/latest/userguide/cli-chap-configure.html"
_REGION = "https://docs.aws.amazon.com/general/latest/gr/rande-manage.html"
_QUOTAS = "https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html"
_STACKS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html"
_CONNECTORS = "https://docs.aws.amazon.com/managed-flink/latest/java/how-python-creating.html"
_IMAGES = "https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html"

Status = Literal["ok", "missing", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    status: Status
    text: str
    link: str = ""


def look(stack: str, stage: str) -> Iterator[Finding]:
    """Yields what was found; without credentials or a Region nothing else can be asked."""
    yield from jars(INFRA)
    session = boto3.Session()
    if not session.region_name:
        yield Finding("missing", "No Region is set; export AWS_DEFAULT_REGION=<region>.", _REGION)
        return
    try:
        caller = session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        yield Finding("missing", f"No credentials that work: {_why(error)}", _CREDENTIALS)
        return
    yield Finding("ok", f"Account {caller['Account']} as {caller['Arn']}, Region {session.region_name}.")
    yield from _asked(lambda: _stack(session, stack), "the stack")
    yield from _asked(lambda: _quotas(session, stage), "quotas")
    yield from _asked(lambda: _images(session), "container images")


def jars(infra: Path) -> Iterator[Finding]:
    """Looks whether Flink applications have the connectors that their templates and tables name.

    No Python package holds the jar, so that it is not in the project; an application without it starts and fails.
    """
    for template in sorted(infra.glob("*.yaml")):
        code = re.search(r"^ *FileKey: (\S+)$", _text(template), re.MULTILINE)
        named = re.search(r"^ *jarfile: (\S+)$", _text(template), re.MULTILINE)
        if code and named:
            folder = (infra / code[1]).resolve()
            yield _jar(folder.name, folder / named[1], _connectors(folder / "connectors" / "aws.json"))


def _jar(folder: str, path: Path, wanted: set[str]) -> Finding:
    name = f"{folder}/{path.relative_to(path.parents[1]).as_posix()}"
    if not path.is_file():
        return Finding("missing", f"{name} is not there; it holds Flink's connector for {_and(wanted)}.", _CONNECTORS)
    try:
        with zipfile.ZipFile(path) as jar:
            known = jar.read("META-INF/services/org.apache.flink.table.factories.Factory").decode().lower()
    except (zipfile.BadZipFile, KeyError, OSError, UnicodeDecodeError):
        return Finding("missing", f"{name} is no jar with connectors for tables of Flink.", _CONNECTORS)
    lacking = {one for one in wanted if one not in known}
    if lacking:
        return Finding("missing", f"{name} has no connector for {_and(lacking)}.", _CONNECTORS)
    return Finding("ok", f"{name} has Flink's connector for {_and(wanted)}.")


def _connectors(path: Path) -> set[str]:
    """Returns the connectors of an application's tables that Flink does not bring itself."""
    tables: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return {table["connector"] for table in tables.values()} - {"filesystem"}


def _and(names: set[str]) -> str:
    return " and ".join(sorted(names))


def _stack(session: boto3.Session, name: str) -> Iterator[Finding]:
    try:
        found = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        yield Finding("ok", f"No stack {name} yet; it will be made.")
        return
    state = found["StackStatus"]
    if state.endswith("_IN_PROGRESS"):
        yield Finding("missing", f"Stack {name} is {state}; wait until it is done.", _STACKS)
    elif state in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"}:
        yield Finding("missing", f"Stack {name} is {state}; it has to be repaired or deleted first.", _STACKS)
    else:
        yield Finding("ok", f"Stack {name} is {state}; it will be updated.")


def _quotas(session: boto3.Session, stage: str) -> Iterator[Finding]:
    """Compares the quotas of SageMaker with what the templates ask for; new accounts begin with 0 of some machines."""
    # A name of a quota, as far as it is known for sure, and how much of it is needed.
    wanted = [
        (f"{instance} for {use}", 1)
        for name, use in (("training.yaml", "training job usage"), ("endpoint.yaml", "endpoint usage"))
        for instance in _by_stage(INFRA / name, r"ml\.[\w.-]+", stage)
    ]
    if "ServerlessConfig" in _text(INFRA / "endpoint.yaml"):
        concurrency = _by_stage(INFRA / "endpoint.yaml", r"\d+", stage)
        wanted += [("serverless endpoints concurrency", int(number)) for number in concurrency]
    found: dict[str, float] = {}
    client = session.client("service-quotas")
    for page in client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker"):
        found |= {quota["QuotaName"]: quota["Value"] for quota in page["Quotas"]}
    for name, least in wanted:
        # The full name where the account has it; its words where AWS puts them differently.
        words = set(name.split())
        alike = [value for known, value in found.items() if words <= set(re.findall(r"[\w.]+", known.lower()))]
        values = [value for known, value in found.items() if known.lower() == name] or alike
        if not values:
            yield Finding("unknown", f"SageMaker quota '{name}': the account lists none of this name.", _QUOTAS)
        elif min(values) < least:
            text = f"SageMaker quota '{name}' is {min(values):.0f}, and {least} is needed; ask for more."
            yield Finding("missing", text, _QUOTAS)
        else:
            yield Finding("ok", f"SageMaker quota '{name}' is {min(values):.0f}; {least} is needed.")


def _images(session: boto3.Session) -> Iterator[Finding]:
    text = _text(INFRA / "root.yaml")
    wanted = re.search(r"/(sagemaker-[a-z]+):([0-9][\w.-]*)", text)
    if not wanted:
        return
    repository, tag = wanted.groups()
    account = re.search(rf"^ +{re.escape(str(session.region_name))}: \{{Account: \"(\d+)\"\}}", text, re.MULTILINE)
    if not account:
        yield Finding("missing", f"infra/root.yaml names no account with {repository} in this Region.", _IMAGES)
        return
    session.client("ecr").describe_images(
        registryId=account.group(1), repositoryName=repository, imageIds=[{"imageTag": tag}]
    )
    yield Finding("ok", f"Image {repository}:{tag} is in account {account.group(1)}.")


def _asked(question: Callable[[], Iterator[Finding]], what: str) -> Iterator[Finding]:
    try:
        yield from question()
    except (BotoCoreError, ClientError) as error:
        yield Finding("unknown", f"Could not ask for {what}: {_why(error)}")


def _by_stage(path: Path, kind: str, stage: str) -> set[str]:
    """Returns the values of `!If [IsProd, A, B]` that a stage takes."""
    pairs: list[tuple[str, str]] = re.findall(rf"!If \[IsProd, ({kind}), ({kind})\]", _text(path))
    return {prod if stage == "prod" else other for prod, other in pairs}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _why(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return str(error)


def report(stack: str, stage: str) -> int:
    """Shows every finding and returns 1 if something is missing."""
    marks = {"ok": "ok     ", "missing": "MISSING", "unknown": "unknown"}
    missing = 0
    for finding in look(stack, stage):
        print(f"{marks[finding.status]}  {finding.text}{f'  {finding.link}' if finding.link else ''}")
        missing += finding.status == "missing"
    if missing:
        print(f"{missing} missing; nothing was changed.", file=sys.stderr)
    return min(missing, 1)
