"""Puts newly trained models behind the endpoints, which answer all the while.

An endpoint is given a new configuration: that of the present one with the new model in it. SageMaker starts what it
needs beside what serves, and moves over once that answers; where it does not, everything stays as it was, and this
says so. What earlier runs have made and nothing serves any more is removed, and all of it when the stack is deleted.
"""

import hashlib
import json
import os
import time
import urllib.request
from typing import Any

import boto3
from botocore.exceptions import ClientError

sagemaker = boto3.client("sagemaker")

Json = dict[str, Any]
_RESERVE = 20.0  # seconds that are kept for what comes after waiting
_PAUSE = 1.0
_KEPT = ("VpcConfig", "EnableNetworkIsolation")  # of a model, beside its container and its role
_KEPT_OF_CONFIG = ("KmsKeyId", "DataCaptureConfig", "AsyncInferenceConfig", "VpcConfig", "ExecutionRoleArn")


class NotReplaced(Exception):
    """An endpoint has not taken the new model; the message says what it says of it."""


def handler(event: Json, context: Any) -> Json | None:
    """Takes `{"models": [{"kind", "ModelDataUrl"}, …], "asked"}` and returns whether all of them serve.

    `asked` is false at first and what the last call returned after that; the state machine calls until all serve.
    """
    if "RequestType" in event:
        _tell_cloudformation(event)
        return None
    wanted = {_endpoint(one["kind"]): one["ModelDataUrl"] for one in event["models"]}
    until = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _RESERVE
    moving = {name: url for name, url in wanted.items() if not _serves(name, url, asked=bool(event["asked"]))}
    while moving and time.monotonic() < until:
        time.sleep(_PAUSE)
        moving = {name: url for name, url in moving.items() if not _serves(name, url, asked=True)}
    if not moving:
        _sweep({_config_of(name) for name in _endpoints()})
    print(json.dumps({"level": "INFO", "message": "replaced", "models": wanted, "moving": sorted(moving)}))
    return {"asked": True, "served": not moving}


def _endpoints() -> list[str]:
    return os.environ["ENDPOINTS"].split(",")


def _endpoint(kind: str) -> str:
    return next(name for name in _endpoints() if name.endswith(f"-{kind}"))


def _config_of(endpoint: str) -> str:
    return str(sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"])


def _serves(endpoint: str, url: str, *, asked: bool) -> bool:
    """Whether the endpoint answers with the model; it is asked to if it was not yet."""
    name = f"{os.environ['PREFIX']}{hashlib.sha256(url.encode()).hexdigest()[:12]}"
    found = sagemaker.describe_endpoint(EndpointName=endpoint)
    status, config = found["EndpointStatus"], found["EndpointConfigName"]
    if status in {"Creating", "Updating", "SystemUpdating", "RollingBack"}:
        return False
    if status == "InService" and config == name:
        return True
    if status != "InService" or asked:
        raise NotReplaced(f"{endpoint} is {status} with {config}: {found.get('FailureReason', 'no reason given')}")
    _make(name, config, url)
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=name)
    return False


def _make(name: str, like: str, url: str) -> None:
    """Makes a model and a configuration that are those of the present ones but for the address."""
    config = sagemaker.describe_endpoint_config(EndpointConfigName=like)
    (variant,) = config["ProductionVariants"]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    container = {key: value for key, value in model["PrimaryContainer"].items() if key in {"Image", "Environment"}}
    with _Existing():
        sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=model["ExecutionRoleArn"],
            PrimaryContainer=container | {"ModelDataUrl": url},
            **{key: model[key] for key in _KEPT if key in model},
        )
    with _Existing():
        sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[variant | {"ModelName": name}],
            **{key: config[key] for key in _KEPT_OF_CONFIG if key in config},
        )


class _Existing:
    """Lets pass that a thing is there already: the names are made of the address, so it is the same one."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return isinstance(error, ClientError) and "already existing" in str(error)


def _sweep(used: set[str]) -> int:
    """Removes what this function has made and no endpoint uses; a model bears the name of its configuration."""
    prefix = os.environ["PREFIX"]
    removed = 0
    for action, listed, name, delete in (
        ("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", sagemaker.delete_endpoint_config),
        ("list_models", "Models", "ModelName", sagemaker.delete_model),
    ):
        pages = list(sagemaker.get_paginator(action).paginate(NameContains=prefix))
        for found in (one[name] for page in pages for one in page[listed]):
            if found.startswith(prefix) and found not in used:
                delete(**{name: found})
                removed += 1
    return removed


def _tell_cloudformation(event: Json) -> None:
    """Removes everything when the stack is deleted, and tells CloudFormation the outcome, whatever it is."""
    reason = ""
    try:
        if event["RequestType"] == "Delete":
            print(json.dumps({"level": "INFO", "message": "removed", "count": _sweep(set())}))
    except ClientError as error:
        reason = str(error)
    answer = {
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": reason[:1000],
        "PhysicalResourceId": event.get("PhysicalResourceId", os.environ["PREFIX"]),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    body = json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=10).close()
