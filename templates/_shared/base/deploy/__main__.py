"""Deploys the project, step by step, to whatever account the environment names; every step can be run again.

    python -m deploy foundation | model | serving | verify | all | preflight | destroy  --stage dev

CloudFormation cannot train a model, so a deployment has an order: the foundation (data, roles, streams), the model (a
Step Functions execution around a training job), what serves it, and a look whether it works. What the model step and
the look are is the project's own matter: `pipeline/steps.py`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deploy import destroy, preflight
from deploy.deployment import Deployment
from deploy.errors import DeployError

STEPS = ("foundation", "model", "serving", "verify")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a step and returns the exit status; an error that a person can put right is one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=[*STEPS, "all", "preflight", "destroy"])
    parser.add_argument("--stage", choices=["local", "dev", "prod"], default="dev")
    parser.add_argument("--data", type=Path, help="CSV to train from; without it what is there, else generated data")
    parser.add_argument("--alarm-email", help="who is told of alarms")
    parser.add_argument("--patience", type=float, default=600, help="seconds that verify waits (default: %(default)s)")
    parser.add_argument("--yes", action="store_true", help="destroy without a question")
    options = parser.parse_args(arguments)
    try:
        deployment = Deployment.of_this_project(options.stage)
        if options.step == "preflight":
            return preflight.report(deployment.name, options.stage)
        if not boto3.Session().region_name:
            raise DeployError("No Region is set; export AWS_DEFAULT_REGION=<region>.")
        if options.step == "destroy":
            return _destroy(deployment, options.yes)
        for step in STEPS if options.step == "all" else (options.step,):
            _say(f"{step} …")
            _run(step, deployment, options)
    except DeployError as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"AWS refused: {error} `make preflight` says what is missing.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What CloudFormation has begun goes on; run the step again to wait for it.", file=sys.stderr)
        return 130
    return 0


def _run(step: str, deployment: Deployment, options: argparse.Namespace) -> None:
    from pipeline import steps

    given = {"AlarmEmail": options.alarm_email} if options.alarm_email else {}
    if step == "foundation":
        steps.foundation(deployment.deploy(given, _say), _say)
    elif step == "model":
        steps.model(_deployed(deployment), options.data, _say)
    elif step == "serving":
        outputs = deployment.deploy(given | steps.served(_deployed(deployment)), _say)
        _say("\n".join(f"  {name}: {value}" for name, value in sorted(outputs.items())))
    else:
        steps.verify(_deployed(deployment), options.patience, _say)


def _deployed(deployment: Deployment) -> dict[str, str]:
    outputs = deployment.outputs()
    if not outputs:
        raise DeployError(
            f"There is no stack {deployment.name} yet; run `python -m deploy foundation --stage {deployment.stage}`."
        )
    return outputs


def _destroy(deployment: Deployment, sure: bool) -> int:
    if not sure and not destroy.confirmed(deployment.name):
        print("Nothing was deleted. Type the name when asked, or give --yes.", file=sys.stderr)
        return 1
    kept = destroy.destroy(deployment.name)
    print(f"{deployment.name} is deleted. These stay, and cost a little until you delete them:")
    for one in kept:
        print(f"- {one}")
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
