"""From a device's clock to Athena: nothing is taken on trust, every message is found again."""

import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from data import traffic
from deploy.errors import DeployError
from devices.device import Device, Undelivered
from devices.identity import Identity
from pipeline import query, training

from .conftest import PATIENCE, Deployed, less_allowed


def until(look: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.3)
    return found


def test_every_message_of_a_shift_is_found_again(deployed: Deployed) -> None:
    shift = deployed.play(minutes=8)
    ledger = shift.ledger
    assert ledger.malformed
    assert ledger.late
    assert ledger.duplicates
    assert ledger.cut_off

    compared = deployed.compared(shift)

    assert compared.agrees, compared
    assert compared.readings == len(ledger.readings)
    assert compared.rejected == len(ledger.malformed)
    assert compared.undelivered == 0
    assert compared.raw >= ledger.messages
    assert compared.repeated >= len(ledger.duplicates)
    rows = deployed.lake.query(f"SELECT id FROM readings WHERE time >= '{ledger.begins:%Y-%m-%d}'")
    assert sorted(str(row["id"]) for row in rows) == sorted(ledger.readings)


def test_a_device_that_was_cut_off_delivers_later_in_order_and_without_a_loss(deployed: Deployed) -> None:
    plan = traffic.Plan(duplicates=0, malformed=0, late=0, cut_off={3: (60, 200)})
    shift = deployed.play(minutes=5, plan=plan)
    assert shift.played.held >= 28
    assert deployed.compared(shift).agrees
    device = deployed.plant.devices[3]
    rows = deployed.lake.query(
        f"SELECT id, seq FROM readings WHERE device = '{device}' AND time >= '{shift.ledger.begins:%Y-%m-%d}'"
        " ORDER BY received_at, seq"
    )
    wanted = [reading.seq for reading in shift.ledger.readings.values() if reading.device == device]
    assert [int(str(row["seq"])) for row in rows] == wanted
    places = deployed.lake.query(
        f"SELECT seq FROM scored_readings WHERE device = '{device}' AND seq >= {wanted[0]} ORDER BY place"
    )
    assert [int(str(row["seq"])) for row in places] == wanted


def test_an_outbox_outlives_its_device(deployed: Deployed) -> None:
    name = deployed.plant.devices[0]
    one = Device(deployed.registered()[name], deployed.folder)
    one.measure(b"kept by a device that was switched off")
    one.close()
    again = Device(deployed.registered()[name], deployed.folder)
    assert len(again.outbox) == 1
    again.connect()
    again.deliver()
    assert len(again.outbox) == 0
    again.close()
    assert until(
        lambda: deployed.lake.query(
            f"SELECT detail FROM rejected_messages WHERE device = '{name}' AND body LIKE 'kept by a device%'"
        )
    )


def test_a_malformed_message_is_kept_with_reason_body_and_device(deployed: Deployed) -> None:
    name, body = deployed.plant.devices[1], json.dumps({"id": "x", "mark": time.time_ns()}).encode()
    one = Device(deployed.registered()[name], deployed.folder)
    one.connect()
    one.measure(body)
    one.deliver()
    one.close()
    digest = traffic.digest(body)
    (kept,) = until(lambda: deployed.lake.query(f"SELECT * FROM rejected_messages WHERE digest = '{digest}'"))
    assert (kept["device"], kept["reason"]) == (name, "malformed")
    assert str(kept["detail"]).startswith("missing: seq, time")
    assert kept["body"] == body.decode()
    assert kept["dt"] == f"{datetime.now(UTC):%Y-%m-%d}"


def test_a_device_can_neither_pose_as_another_nor_send_elsewhere(deployed: Deployed) -> None:
    known = deployed.registered()
    first, second = (known[name] for name in deployed.plant.devices[:2])
    posing = Identity(second.device, first.host, first.port, second.topic, first.root, first.certificate, first.key)
    with pytest.raises(Undelivered):
        Device(posing, deployed.folder).connect(patience=5)
    elsewhere = Identity(first.device, first.host, first.port, second.topic, first.root, first.certificate, first.key)
    one = Device(elsewhere, deployed.folder)
    one.connect()
    one.measure(b"{}")
    with pytest.raises(Undelivered):
        one.deliver(patience=5)
    (place, _), *_ = one.outbox.after(0, 1)
    one.outbox.confirmed(place)
    one.close()


def test_a_certificate_that_is_withdrawn_no_longer_connects(deployed: Deployed) -> None:
    name = f"{deployed.plant.prefix}-stolen"
    stolen = deployed.registered([name])[name]
    iot = deployed.client("iot")
    (principal,) = iot.list_thing_principals(thingName=name)["principals"]
    iot.update_certificate(certificateId=principal.rpartition("/")[2], newStatus="REVOKED")
    with pytest.raises(Undelivered):
        Device(stolen, deployed.folder).connect(patience=5)


def test_the_model_beats_the_limits_and_finds_machines_that_fail(deployed: Deployed) -> None:
    report = deployed.trained.report
    assert report["model"]["pr_auc"] > 1.2 * report["limit_rule"]["pr_auc"]
    shift = deployed.play(minutes=8)
    assert deployed.compared(shift).agrees
    rows = deployed.lake.query(f"SELECT id, anomaly FROM readings WHERE time >= '{shift.ledger.begins:%Y-%m-%d}'")
    called = {row["id"] for row in rows if str(row["anomaly"]).lower() == "true"}
    faulty, healthy = shift.ledger.faulty, shift.ledger.readings.keys() - shift.ledger.faulty
    assert len(called & faulty) / len(faulty) > 4 * len(called & healthy) / len(healthy)
    alerts = deployed.lake.query(f"SELECT kind, device FROM alerts WHERE since >= '{shift.ledger.begins:%Y-%m-%d}'")
    assert {"kind": "sensor-sticks", "device": deployed.plant.devices[4]} in alerts


def test_windows_hold_what_the_readings_of_their_minutes_say(deployed: Deployed) -> None:
    shift = deployed.play(minutes=7, plan=traffic.Plan(malformed=0))
    assert deployed.compared(shift).agrees
    device, begins = deployed.plant.devices[0], shift.ledger.begins
    rows = deployed.lake.query(
        f"SELECT * FROM windows WHERE device = '{device}' AND window_start >= '{begins:%Y-%m-%dT%H:%M:%SZ}'"
    )
    late = {row["id"] for row in deployed.lake.query("SELECT DISTINCT id FROM late_readings")}
    on_time = [
        reading for reading in shift.ledger.readings.values() if reading.device == device and reading.id not in late
    ]
    sizes = set()
    for row in rows:
        from_, to = str(row["window_start"]), str(row["window_end"])
        length = datetime.fromisoformat(to) - datetime.fromisoformat(from_)
        assert length.total_seconds() == 60 * int(str(row["minutes"]))
        inside = [one for one in on_time if from_ <= f"{one.time:%Y-%m-%dT%H:%M:%SZ}" < to]
        assert int(str(row["readings"])) == len(inside)
        assert float(str(row["temperature_max"])) == max(one.temperature for one in inside)
        mean = sum(one.vibration for one in inside) / len(inside)
        assert float(str(row["vibration_avg"])) == pytest.approx(mean, abs=0.001)
        assert row["site"] == deployed.plant.assets[0].site
        sizes.add(int(str(row["minutes"])))
    assert sizes == {1, 5}


@pytest.mark.parametrize(
    ("output", "policy", "sid"),
    [
        ("ScoreFunction", "score", "AskTheModel"),
        ("ScoreFunction", "score", "KeepScoredReadings"),
        ("ScoreFunction", "score", "KeepDeadLetters"),
    ],
)
def test_what_a_function_may_not_do_is_made_up_for_when_it_may_again(
    deployed: Deployed, output: str, policy: str, sid: str
) -> None:
    plan = traffic.Plan(malformed=0.05)
    with less_allowed(deployed, deployed.outputs[output], policy, sid):
        shift = deployed.play(minutes=4, speed=400, plan=plan)
        time.sleep(1)
        early = deployed.compared_now(shift)
        assert not early.agrees
    assert deployed.compared(shift).agrees


def test_telemetry_lies_in_few_gzipped_objects_by_day(deployed: Deployed) -> None:
    shift = deployed.play(minutes=3)
    assert deployed.compared(shift).agrees
    s3, bucket = deployed.client("s3"), deployed.outputs["LakeBucket"]
    found = s3.list_objects_v2(Bucket=bucket, Prefix=f"raw/dt={datetime.now(UTC):%Y-%m-%d}/")["Contents"]
    new = [item for item in found if item["LastModified"] >= shift.since]
    assert 0 < len(new) <= 12
    objects = [s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in new]
    lines = [json.loads(line) for content in objects for line in gzip.decompress(content).splitlines()]
    assert len(lines) >= shift.ledger.messages
    assert {"device", "received_at", "body"} == set(lines[0])


def test_an_analyst_sees_the_tables(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    assert query.main(["--stage", "local", "SELECT count(*) AS machines FROM assets"]) == 0
    assert capsys.readouterr().out.splitlines() == ["machines", "12"]
    assert query.main(["--stage", "local", "SELECT nothing FROM nowhere"]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_a_training_without_data_fails_with_its_reason(deployed: Deployed) -> None:
    s3, bucket = deployed.client("s3"), deployed.outputs["LakeBucket"]
    key = "training/train/data.csv"
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=content.splitlines()[0])
    try:
        with pytest.raises(DeployError, match="has failed: AlgorithmError"):
            training.train(deployed.outputs["TrainingMachineArn"], print)
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=content)


def test_nobody_but_the_roles_writes_the_stream(deployed: Deployed) -> None:
    iam = deployed.client("iam")
    iam.create_user(UserName="stranger")
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    kinesis = session.client("kinesis", endpoint_url=deployed.aws.url)
    with pytest.raises(ClientError, match="AccessDenied"):
        kinesis.put_record(StreamName=deployed.outputs["StreamName"], PartitionKey="m1", Data=b"{}")
