"""Checks the templates with AWS CloudFormation Guard: by the proactive controls of AWS Control Tower and by own rules.

`infra/guard/*.guard` are own rules. `infra/guard/*.yaml` say which controls do not hold here, and why:

    - control: CT.S3.PR.10
      resources: [artifacts.yaml/Bucket]    all resources, where this is left out
      because: one sentence

An excuse by name that is not needed is an error, too, so that none outlives what it was written for.

Guard and the controls come with the package `cdklabs.cdk-validator-cfnguard`, chosen since it is AWS's own, pinned by
hash, and holds the programs for Linux and macOS. Only its archive is used, not the code for the CDK around it.
"""

import importlib.metadata
import json
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

INFRA = Path(__file__).resolve().parent.parent / "infra"
_PACKAGE = "cdklabs.cdk-validator-cfnguard"
_PROGRAMS = {
    ("Linux", "x86_64"): "ubuntu/x86_64",
    ("Linux", "aarch64"): "ubuntu/aarch64",
    ("Darwin", "x86_64"): "macos/x86_64",
    ("Darwin", "arm64"): "macos/aarch64",
}
_NEEDED = {"control", "because"}
_ACCOUNT, _REGION = "123456789012", "eu-central-1"
_PSEUDO = {"AccountId": _ACCOUNT, "Partition": "aws", "Region": _REGION, "URLSuffix": "amazonaws.com"}


class Broken(NamedTuple):
    """A resource that a control objects to."""

    control: str
    template: str
    resource: str
    says: str


class Excuse(NamedTuple):
    """Resources of which a control is not asked; all of them where none is named."""

    control: str
    resources: list[str]
    at: str

    def covers(self, found: Broken) -> bool:
        """Whether nothing is to be said of this."""
        named = f"{found.template}/{found.resource}"
        return found.control == self.control and (not self.resources or named in self.resources)


class GuardError(Exception):
    """One sentence about why nothing could be checked."""


def main() -> int:
    """Returns 0 if everything holds or is excused, and shows what does not."""
    try:
        found = list(broken(INFRA))
        excuses = read_excuses(INFRA / "guard")
    except GuardError as error:
        print(error, file=sys.stderr)
        return 1
    left = [one for one in found if not any(excuse.covers(one) for excuse in excuses)]
    for one in left:
        print(f"infra/{one.template}: {one.resource}: [{one.control}] {one.says}")
    stale = [name for excuse in excuses for name in needless(excuse, found)]
    for name in stale:
        print(f"{name} is excused for nothing: take it out.")
    return 1 if left or stale else 0


def read_excuses(folder: Path) -> list[Excuse]:
    """Returns what the files of a folder excuse.

    Raises:
        GuardError: a file does not say it in the form that is described above.
    """
    found = []
    for path in sorted(folder.glob("*.yaml")):
        for place, item in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")) or [], 1):
            at = f"infra/guard/{path.name}, entry {place}"
            if not isinstance(item, dict) or not _NEEDED <= item.keys() <= {*_NEEDED, "resources"}:
                raise GuardError(f"{at}: an excuse has control, because and, where it is not for all, resources.")
            found.append(Excuse(item["control"], item.get("resources", []), f"{at} ({item['control']})"))
    return found


def needless(excuse: Excuse, found: list[Broken]) -> Iterator[str]:
    """Yields the resources that an excuse names and that its control does not object to."""
    objected = {f"{one.template}/{one.resource}" for one in found if one.control == excuse.control}
    return (f"{excuse.at}: {name}" for name in excuse.resources if name not in objected)


def broken(infra: Path) -> Iterator[Broken]:
    """Yields what the controls and own rules object to in the templates of a folder."""
    program, controls = guard()
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(infra.glob("*.yaml")):
            text = json.dumps(resolved(read(path)), indent=1)
            Path(folder, f"{path.stem}.json").write_text(text, encoding="utf-8")
        asked = [str(program), "validate", "--data", folder, "--rules", str(controls), str(infra / "guard")]
        done = subprocess.run(
            [*asked, "--structured", "--output-format", "json", "--show-summary", "none"],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    try:
        answers = json.loads(done.stdout)
    except ValueError:
        raise GuardError(f"Guard has not answered: {done.stderr.strip()[-500:]}") from None
    for answer in answers:
        for rule in answer["not_compliant"]:
            text = json.dumps(rule)
            said = re.search(r"\[([^]\"\\]+)\]: ([^\\\"]+)", text)
            control, says = (said[1], said[2].strip()) if said else (rule["Rule"]["name"], "")
            for resource in sorted(set(re.findall(r"/Resources/(\w+)", text))):
                yield Broken(control, f"{Path(answer['name']).stem}.yaml", resource, says)


def guard() -> tuple[Path, Path]:
    """Returns the program and the folder of the controls, unpacked into this environment at the first use."""
    machine = (platform.system(), platform.machine())
    if machine not in _PROGRAMS:
        raise GuardError(f"AWS CloudFormation Guard is not packaged for {' on '.join(machine)}.")
    place = Path(sys.prefix, "guard")
    if not place.exists():
        archives = [file for file in importlib.metadata.files(_PACKAGE) or [] if file.suffix == ".tgz"]
        with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
            with tarfile.open(str(archives[0].locate())) as archive:
                archive.extractall(folder, filter="data")
            Path(folder, "package").rename(place)
    return place / "bin" / _PROGRAMS[machine] / "cfn-guard", place / "rules/control-tower/cfn-guard"


def read(path: Path) -> dict[str, Any]:
    """Returns a template with the long forms of CloudFormation's functions."""
    from cfnlint.decode import decode  # only the environment of the checks has it

    template, errors = decode(str(path))
    if errors:
        raise GuardError(f"infra/{path.name} cannot be read: {errors[0].message}")
    found: dict[str, Any] = json.loads(json.dumps(template))
    return found


def resolved(template: dict[str, Any]) -> dict[str, Any]:
    """Returns a template as the controls see it when it is deployed for Stage prod: references are texts.

    >>> resolved({"Resources": {"Lake": {"Type": "AWS::S3::Bucket", "X": {"Fn::Sub": "${Lake.Arn}/*"}}}})
    {'Resources': {'Lake': {'Type': 'AWS::S3::Bucket', 'X': 'arn:aws:s3:::lake/*'}}}
    """
    found: dict[str, Any] = _resolved(template, template)
    return found


def _resolved(value: Any, template: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_resolved(item, template) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Ref"}:
        return _reference(value["Ref"], template)
    if value.keys() == {"Fn::If"}:
        condition, then, otherwise = value["Fn::If"]
        return _resolved(then if _holds({"Condition": condition}, template) else otherwise, template)
    if value.keys() == {"Fn::GetAtt"}:
        resource, attribute = value["Fn::GetAtt"]
        return _attribute(resource, attribute, template)
    if value.keys() == {"Fn::Sub"}:
        text, names = value["Fn::Sub"], dict[str, Any]()
        if isinstance(text, list):
            text, names = text[0], {name: _resolved(one, template) for name, one in text[1].items()}
        return re.sub(r"\$\{([^!}][^}]*)\}", lambda place: str(_named(place[1], names, template)), text)
    return {key: _resolved(item, template) for key, item in value.items() if item != {"Ref": "AWS::NoValue"}}


def _holds(condition: dict[str, Any], template: dict[str, Any]) -> bool:
    """Whether a condition of a template holds."""
    [(function, given)] = condition.items()
    if function == "Condition":
        return _holds(template["Conditions"][given], template)
    if function == "Fn::Equals":
        one, other = _resolved(given, template)
        return bool(one == other)
    each = [_holds(one, template) for one in given]
    return not each[0] if function == "Fn::Not" else all(each) if function == "Fn::And" else any(each)


def _named(name: str, names: dict[str, Any], template: dict[str, Any]) -> Any:
    if name in names:
        return names[name]
    resource, dot, attribute = name.partition(".")
    return _attribute(resource, attribute, template) if dot else _reference(name, template)


def _reference(name: str, template: dict[str, Any]) -> Any:
    if name.startswith("AWS::"):
        return _PSEUDO.get(name.removeprefix("AWS::"), name)
    parameter = template.get("Parameters", {}).get(name)
    if parameter is None or name == "Stage":
        return "prod" if parameter else name.lower()
    value = parameter.get("Default", name.lower())
    return [value] if "List" in parameter["Type"] else value


def _attribute(resource: str, attribute: str, template: dict[str, Any]) -> str:
    if not attribute.endswith("Arn"):
        return f"{resource.lower()}-{attribute.lower()}"
    type = template["Resources"].get(resource, {}).get("Type", "AWS::Other::Other")
    if type == "AWS::S3::Bucket":
        return f"arn:aws:s3:::{resource.lower()}"
    return f"arn:aws:{type.split('::')[1].lower()}:{_REGION}:{_ACCOUNT}:{resource.lower()}"


if __name__ == "__main__":
    sys.exit(main())
