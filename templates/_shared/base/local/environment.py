"""The environment variables that send every AWS client to the local AWS, and none to a real account."""

import os
import shlex
from collections.abc import Mapping

REGION = "us-east-1"

_NO_PROXY = "127.0.0.1,localhost"

# What a program of the operating system needs; an emulator started with more would pass it on to Lambda functions.
_PLAIN = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "JAVA_HOME")


def variables(url: str) -> dict[str, str]:
    """Returns what an AWS client needs to reach the local AWS at `url`, as an administrator of a made-up account."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        # The AWS SDKs would hand requests for 127.0.0.1 to a company's proxy.
        # Where a device finds the root certificate of the endpoint that it talks to.
        "IOT_ROOT_CA": f"{url}/_ministack/iot/ca.pem",
        "NO_PROXY": _NO_PROXY,
        "no_proxy": _NO_PROXY,
    }


def complete(url: str, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Returns the whole environment of a process that works on the local AWS.

    Nothing of a real account is left of what is inherited: a profile, a role, a token or an endpoint of one service
    (`AWS_ENDPOINT_URL_S3`) would win over the variables above.

    >>> complete("http://127.0.0.1:4566", {"AWS_PROFILE": "prod", "PATH": "/bin"}).get("AWS_PROFILE", "gone")
    'gone'
    """
    kept = {name: value for name, value in inherited.items() if not name.upper().startswith("AWS_")}
    return {**kept, **variables(url), **_proxy_exceptions(inherited)}


def plain(url: str, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Returns the environment of the emulator itself: the least that works, so that no setting of the shell reaches it.

    Every variable of the emulator is also one of the Lambda functions that it runs.
    """
    kept = {name: value for name, value in inherited.items() if name.upper() in _PLAIN or name.startswith("LC_")}
    return {**kept, **variables(url)}


def shell_lines(url: str, inherited: Mapping[str, str] = os.environ) -> list[str]:
    """Returns the lines of a shell that set the variables and remove the inherited ones that would reach an account."""
    wanted = {**variables(url), **_proxy_exceptions(inherited)}
    foreign = sorted(name for name in inherited if name.upper().startswith("AWS_") and name not in wanted)
    return [f"unset {name}" for name in foreign] + [
        f"export {name}={shlex.quote(value)}" for name, value in wanted.items()
    ]


def _proxy_exceptions(inherited: Mapping[str, str]) -> dict[str, str]:
    own = inherited.get("no_proxy") or inherited.get("NO_PROXY") or ""
    return dict.fromkeys(("NO_PROXY", "no_proxy"), f"{_NO_PROXY},{own}" if own else _NO_PROXY)
