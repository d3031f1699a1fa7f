"""Lints the state machines: cfn-lint knows their language, but only looks at a definition that stands in a template."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

INFRA = Path(__file__).resolve().parent.parent / "infra"


def wrapped(definition: Path) -> str:
    """Returns a template that holds nothing but the state machine."""
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": "arn:aws:iam::123456789012:role/any",
            "Definition": json.loads(definition.read_text(encoding="utf-8").replace("${Partition}", "aws")),
        },
    }
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": machine}})


def main() -> int:
    """Returns 0 if all definitions are clean, and shows what is wrong."""
    status = 0
    for definition in sorted(INFRA.glob("*.asl.json")):
        with tempfile.TemporaryDirectory() as folder:
            template = Path(folder, "machine.json")
            try:
                template.write_text(wrapped(definition), encoding="utf-8")
            except ValueError as error:
                print(f"{definition}: no JSON: {error}")
                status = 1
                continue
            linted = subprocess.run(["cfn-lint", str(template)], capture_output=True, text=True, check=False)
        if linted.returncode:
            print(f"{definition.name}:\n{linted.stdout}{linted.stderr}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
