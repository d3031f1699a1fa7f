"""Runs the project end to end and shows what came of it.

    python -m pipeline --stage local

A model of what is normal is trained from the past of a plant; its machines then send their readings over MQTT, with
duplicates, garbled and late messages among them, while one of them has no line for a while. What they sent is found
again in the lake, message by message.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from data import real
from deploy.deployment import PROJECT, Deployment
from deploy.errors import DeployError
from devices import fleet, identity
from pipeline import outcome, plant, processor, reconciliation, result, steps, training
from pipeline.clock import Clock
from pipeline.lake import Lake
from pipeline.page import write


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs everything; returns 0 if every message was found again."""
    options = _options(arguments)
    return outcome.status(lambda: _run(options))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stage", choices=["local", "dev", "prod"], default="local")
    parser.add_argument("--devices", type=int, default=plant.DEVICES, help="how many machines (%(default)s)")
    parser.add_argument("--seed", type=int, default=plant.SEED, help="of everything left to chance (%(default)s)")
    parser.add_argument("--minutes", type=float, default=plant.SECONDS / 60, help="of the plant (%(default)s)")
    parser.add_argument("--interval", type=float, default=plant.INTERVAL, help="between two readings, s (%(default)s)")
    parser.add_argument(
        "--data", choices=["generated", real.NAME], default="generated", help="`real`: what the model is worth on them"
    )
    parser.add_argument("--speed", type=float, default=processor.SPEED, help="plant seconds in a second (%(default)s)")
    options = parser.parse_args(arguments)
    if options.devices < 8 or options.minutes < 5 or options.interval <= 0 or options.speed <= 0:
        parser.error("A shift needs at least 8 devices and 5 minutes, a positive interval and speed.")
    return options


def _run(options: argparse.Namespace) -> int:
    deployment = Deployment.of_this_project(options.stage)
    if options.data == real.NAME:
        return _judge(deployment)
    site = plant.Plant.of(deployment, options.devices, options.seed)
    clock = Clock()

    outputs = deployment.deploy({})
    steps.foundation(outputs, _say)
    steps.store_assets(outputs["LakeBucket"], site.assets)
    training.upload(outputs["LakeBucket"], site.history().channels)
    clock.done("layers deployed; the past of the plant in the lake")

    trained = training.train(outputs["TrainingMachineArn"], _say)
    clock.done(f"model trained by {outputs['TrainingMachineArn'].rpartition(':')[2]}")

    outputs = deployment.deploy({"ModelDataUrl": trained.model_data_url})
    identities = identity.register(site.devices, outputs, site.folder)
    processor.start(outputs, _say)
    clock.done(f"endpoint and functions deployed, {len(identities)} devices registered")

    since = datetime.now(UTC)
    found, ledger, cut_off = site.shift(options.minutes * 60, options.interval)
    played = fleet.play(found, identities, site.folder, options.speed, cut_off, _say)
    if played.failed:
        raise DeployError(f"A device could not send: {played.failed[0]}")
    clock.done(f"{played.sent:,} messages sent over MQTT and TLS, {len(ledger.malformed)} of them malformed")

    lake = Lake(outputs["Database"], outputs["Workgroup"])
    patience = 60 if options.stage == "local" else 900
    compared = reconciliation.wait(lake, ledger, site.devices, since - timedelta(seconds=5), patience)
    clock.done("delivered to the lake and compared through Athena")

    shown = result.gather(lake, ledger, played, compared, trained.report, site)
    page = write(PROJECT / ".local" / "report.html", result.html(shown))
    print(result.text(shown))
    print(f"\nThe page is {page.relative_to(PROJECT)}; the tables are those of {outputs['Database']}.")
    return 0 if compared.agrees else 1


def _judge(deployment: Deployment) -> int:
    """Trains from the readings of real sensors, and says what that model is worth; it serves no machine."""
    if deployment.stage != "local":
        raise DeployError("--data real is for the local stage: its model is of other machines.")
    clock = Clock()
    try:
        channels = real.channels()
    except real.CarrierError as error:
        raise DeployError(str(error)) from error
    outputs = deployment.deploy({})
    training.upload(outputs["LakeBucket"], channels)
    clock.done("layers deployed; the readings of real sensors in the lake")
    report = training.train(outputs["TrainingMachineArn"], _say).report
    clock.done("model trained")
    # What is trained next, in a deployment that stays, is for the machines again.
    training.upload(outputs["LakeBucket"], plant.Plant.of(deployment).history().channels)
    print(result.worth(report))
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
