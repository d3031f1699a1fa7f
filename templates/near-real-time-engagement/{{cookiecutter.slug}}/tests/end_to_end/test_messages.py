"""From a campaign to the mailboxes and to Athena: every message is followed by its id, whatever goes wrong."""

import json
import time
import uuid
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import store

from data import readers
from pipeline import campaigns

from .conftest import Deployed, address, eventually


def test_every_message_has_an_end_that_is_known_and_every_event_is_in_the_lake(deployed: Deployed) -> None:
    segment, names = deployed.crowd(30)
    never, gone = names[0], names[1]
    key = {"customer": never, "entry": "email"}
    deployed.table("Audience").update_item(
        Key=key, UpdateExpression="SET consent = :n", ExpressionAttributeValues={":n": "never"}
    )
    with deployed.world(unknown=[address(gone)]):
        campaign, counts = deployed.launch(segment, control=0.3)
        assert counts["intended"] + counts["control"] == 30
        assert counts["control"] > 2
        found = deployed.reconciled(campaign)
    assert found.agrees, found
    assert found.intended == counts["intended"]
    reasons = {message["customer"]: message.get("reason") for message in deployed.messages(campaign)}
    assert reasons.pop(never, "no-consent") == "no-consent"
    assert reasons.pop(gone, "bounce: Permanent General") == "bounce: Permanent General"
    assert set(reasons.values()) == {None}
    written = {name: len(deployed.mails(name)) for name in names}
    assert {name for name, count in written.items() if count} == reasons.keys()
    assert max(written.values()) == 1


def test_opens_clicks_and_complaints_are_found_again(deployed: Deployed) -> None:
    segment, (name,) = deployed.crowd(1)
    campaign, _ = deployed.launch(segment)
    (mail,) = eventually(lambda: deployed.mails(name))
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    body = readers._html(mail)
    assert "lamps" in body
    assert readers.act("open", readers._PICTURE.findall(body)[0]) == 200
    link = next(link for link in readers._LINK.findall(body) if "/unsubscribe" not in link)
    assert readers.act("click", link) == 302
    assert readers.act("complain", str(mail["X-Local-Complaints"])) == 200
    sql = f"SELECT type, link FROM engagement WHERE campaign = '{campaign}' ORDER BY type"
    kinds = {"intended", "send", "delivery", "open", "click", "complaint"}
    eventually(lambda: {row["type"] for row in deployed.lake.query(sql)} == kinds)
    clicks = [row["link"] for row in deployed.lake.query(sql) if row["type"] == "click"]
    assert clicks == ["https://shop.example.org/new"]
    point = {"customer": name, "entry": "email"}
    eventually(lambda: deployed.table("Audience").get_item(Key=point)["Item"].get("closed") == "complained")
    again, _ = deployed.launch(segment)
    assert deployed.states(again, lambda states: "intended" not in states) == {"suppressed": 1}


def test_whatever_comes_twice_happens_once(tables: Deployed) -> None:
    deployed = tables
    segment, names = deployed.crowd(6)
    campaign, first = deployed.launch(segment)
    _, second = deployed.launch(segment, campaign)
    assert (first["intended"], second["intended"], second["known"]) == (6, 0, 6)
    sqs = deployed.client("sqs")
    for message in deployed.messages(campaign):
        sqs.send_message(QueueUrl=deployed.outputs["SendQueue"], MessageBody=json.dumps({"message": message["id"]}))
    found = deployed.reconciled(campaign)
    assert found.agrees, found
    assert found.ends == {"sent": 6}
    assert [len(deployed.mails(name)) for name in names] == [1] * 6
    eventually(lambda: store.counts(campaign)["sent"] == 6)
    time.sleep(1)
    assert store.counts(campaign)["sent"] == 6


def test_an_account_that_is_throttled_sends_everything_later(deployed: Deployed) -> None:
    segment, names = deployed.crowd(24)
    with deployed.world(rate=6):
        campaign, _ = deployed.launch(segment)
        found = deployed.reconciled(campaign)
    assert found.agrees, found
    assert found.ends == {"sent": 24}
    attempts = [int(item["attempts"]) for item in (full(deployed, one["id"]) for one in deployed.messages(campaign))]
    assert max(attempts) > 1
    assert [len(deployed.mails(name)) for name in names] == [1] * 24


def full(deployed: Deployed, id: str) -> dict[str, object]:
    found: dict[str, object] = deployed.table("Messages").get_item(Key={"id": id})["Item"]
    return found


def test_a_mail_server_that_fails_makes_failures_with_a_reason_and_closes_no_address(deployed: Deployed) -> None:
    segment, names = deployed.crowd(3)
    few = deployed.variables("ResolveFunction", BREAKER_LEAST="3")
    with few, deployed.world(busy=[address(name) for name in names]):
        campaign, _ = deployed.launch(segment)
        deployed.states(campaign, lambda states: states == {"failed": 3})
        found = deployed.reconciled(campaign)
    assert found.agrees, found
    # The addresses are as good as before, and so is the campaign.
    assert deployed.table("Campaigns").get_item(Key={"name": campaign})["Item"]["status"] == "running"
    assert {one["reason"] for one in deployed.messages(campaign)} == {"bounce: Transient General"}
    later, _ = deployed.launch(segment)
    assert deployed.reconciled(later).ends == {"sent": 3}


def test_a_bounce_whose_work_failed_half_way_closes_the_address_and_counts_once(tables: Deployed) -> None:
    deployed = tables
    segment, (name,) = deployed.crowd(1)
    function = deployed.client("lambda").get_function_configuration(FunctionName=deployed.outputs["ResolveFunction"])
    role, iam = function["Role"].rpartition("/")[2], deployed.client("iam")
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    whole = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    less = whole | {"Statement": [one for one in whole["Statement"] if one["Sid"] != "CloseContactPoints"]}
    point = {"customer": name, "entry": "email"}
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(less))
    try:
        with deployed.world(unknown=[address(name)]):
            campaign, _ = deployed.launch(segment)
            time.sleep(4)
            assert "closed" not in deployed.table("Audience").get_item(Key=point)["Item"]
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(whole))
    eventually(lambda: deployed.table("Audience").get_item(Key=point)["Item"].get("closed") == "bounced")
    assert deployed.reconciled(campaign).ends == {"failed": 1}
    eventually(lambda: store.counts(campaign) == {"sent": 1, "bounced": 1})


def test_a_storm_of_bounces_pauses_the_campaign(deployed: Deployed) -> None:
    segment, names = deployed.crowd(25)
    few = deployed.variables("ResolveFunction", BREAKER_LEAST="10")
    with few, deployed.world(unknown=[address(name) for name in names]):
        campaign, _ = deployed.launch(segment)
        deployed.states(campaign, lambda states: not states.keys() & {"intended", "claimed", "sent"})
    paused = eventually(
        lambda: (
            (item := deployed.table("Campaigns").get_item(Key={"name": campaign})["Item"])["status"] == "paused"
            and item
        )
    )
    assert paused["pause_reason"].startswith("bounced: ")
    fresh, later = (joins(deployed, segment, name) for name in ("fresh", "later"))
    _, counts = deployed.launch(segment, campaign)
    assert counts["intended"] == 2
    found = deployed.reconciled(campaign)
    assert found.agrees, found
    assert full(deployed, f"{campaign}_{fresh}")["reason"] == "campaign-paused"
    assert not deployed.mails(fresh)
    campaigns.resume(deployed.outputs["LaunchFunction"], campaign, "these addresses exist")
    late = joins(deployed, segment, "late")
    _, counts = deployed.launch(segment, campaign)
    assert counts["intended"] == 1
    assert len(eventually(lambda: deployed.mails(late))) == 1
    assert full(deployed, f"{campaign}_{later}")["status"] == "suppressed"


def joins(deployed: Deployed, segment: str, who: str) -> str:
    """Adds a customer to a segment and returns the name."""
    name = f"{segment}-{who}"
    with deployed.table("Audience").batch_writer() as batch:
        batch.put_item(Item={"customer": name, "entry": "profile", "audience": "everyone", "segment": segment})
        batch.put_item(Item={"customer": name, "entry": "email", "address": address(name), "consent": "given"})
    return name


def test_who_opts_out_between_targeting_and_sending_gets_nothing(deployed: Deployed) -> None:
    segment, (name, other) = deployed.crowd(2)
    with deployed.asleep("SendFunction"):
        campaign, _ = deployed.launch(segment)
        message = full(deployed, f"{campaign}_{name}")
        url = f"{deployed.outputs['ApiUrl']}/unsubscribe?"
        wrong = urlencode({"m": message["id"], "t": "guessed"})
        right = urlencode({"m": message["id"], "t": message["token"]})
        assert readers.act("unsubscribe", f"{url}{wrong}") == 404
        assert readers.act("look", f"{url}{right}") == 200
        assert consent(deployed, name) == "given"
        assert readers.act("unsubscribe", f"{url}{right}") == 200
        assert consent(deployed, name) == "withdrawn"
    found = deployed.reconciled(campaign)
    assert found.agrees, found
    assert found.ends == {"sent": 1, "suppressed": 1}
    assert full(deployed, str(message["id"]))["reason"] == "opted-out"
    assert (len(deployed.mails(name)), len(deployed.mails(other))) == (0, 1)


def consent(deployed: Deployed, name: str) -> str:
    item = deployed.table("Audience").get_item(Key={"customer": name, "entry": "email"})["Item"]
    return str(item["consent"])


def test_a_crash_in_the_middle_of_a_send_leaves_marketing_uncertain_until_an_event_tells(deployed: Deployed) -> None:
    segment, (name,) = deployed.crowd(1)
    # SES takes the message, and its answer comes when the function is no longer there.
    with deployed.asleep("ResolveFunction"):
        with deployed.world(stall=6), deployed.variables("SendFunction", timeout=2):
            campaign, _ = deployed.launch(segment)
            assert len(eventually(lambda: deployed.mails(name))) == 1
            time.sleep(4)
            assert deployed.states(campaign, lambda states: "intended" not in states) == {"claimed": 1}
        assert deployed.sweep(CLAIM_SECONDS="0")["uncertain"] >= 1
        assert deployed.states(campaign, lambda states: "claimed" not in states) == {"uncertain": 1}
        deployed.sweep(CLAIM_SECONDS="0", QUEUE_SECONDS="0")
        assert deployed.states(campaign, lambda _: True) == {"uncertain": 1}
    assert deployed.states(campaign, lambda states: "uncertain" not in states) == {"sent": 1}
    assert not deployed.mails(name)
    assert deployed.reconciled(campaign).agrees


def test_a_crash_lets_a_bill_be_sent_again(deployed: Deployed) -> None:
    _, (name,) = deployed.crowd(1)
    with deployed.asleep("ResolveFunction"):
        with deployed.world(stall=6), deployed.variables("SendFunction", timeout=2):
            id = tell_payment(deployed, name)
            assert len(eventually(lambda: deployed.mails(name))) == 1
            time.sleep(4)
        assert full(deployed, id)["status"] == "claimed"
        assert deployed.sweep(CLAIM_SECONDS="0")["again"] >= 1
        assert len(eventually(lambda: deployed.mails(name))) == 1
        assert eventually(lambda: full(deployed, id)["status"] == "sent")


def tell_payment(deployed: Deployed, name: str) -> str:
    id = f"p-{uuid.uuid4().hex[:10]}"
    at = datetime.now(UTC).isoformat()
    answer = deployed.api.tell([{"id": id, "type": "payment-failed", "customer": name, "at": at, "amount": 12}])
    assert (answer.status, answer.content["messages"]) == (202, [f"payment-reminder_{id}"])
    return f"payment-reminder_{id}"


def test_a_failed_payment_is_answered_within_seconds_also_to_who_wants_no_offers(deployed: Deployed) -> None:
    _, (name,) = deployed.crowd(1)
    deployed.table("Audience").update_item(
        Key={"customer": name, "entry": "email"},
        UpdateExpression="SET consent = :w",
        ExpressionAttributeValues={":w": "withdrawn"},
    )
    began = time.monotonic()
    tell_payment(deployed, name)
    (mail,) = eventually(lambda: deployed.mails(name))
    assert time.monotonic() - began < 20
    assert mail["Subject"] == "Your payment did not go through"
    assert "12.00" in readers._html(mail)
    assert mail["List-Unsubscribe"] is None


def test_an_activity_that_cannot_be_understood_is_named_and_kept(deployed: Deployed) -> None:
    id = f"x-{uuid.uuid4().hex[:10]}"
    wrong = {"id": id, "type": "order", "customer": "c1", "at": "yesterday", "amount": 1}
    answer = deployed.api.tell([wrong])
    assert answer.content == {
        "taken": 0,
        "refused": [{"id": id, "reason": "at must be like 2026-01-31T12:00:00Z"}],
        "messages": [],
    }
    sql = f"SELECT reason FROM rejected_activity WHERE activity LIKE '%{id}%'"
    assert eventually(lambda: deployed.lake.query(sql)) == [{"reason": "at must be like 2026-01-31T12:00:00Z"}]
    assert deployed.api.send("{}", signed=False).status == 403


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 400])
def test_a_number_that_is_none_is_named_and_kept_and_holds_nobody_up(deployed: Deployed, number: str) -> None:
    id, other = (f"x-{uuid.uuid4().hex[:10]}" for _ in range(2))
    at = "2026-03-01T10:00:00Z"
    wrong, good = (
        f'{{"id": "{one}", "type": "{type}", "customer": "c1", "at": "{at}", "amount": {amount}}}'
        for one, type, amount in ((id, "payment-failed", number), (other, "order", "1"))
    )
    answer = deployed.api.send(f'{{"activities": [{wrong}, {good}]}}')
    reason = "amount must be a number from 0"
    assert (answer.status, answer.content["taken"], answer.content["messages"]) == (202, 1, [])
    assert answer.content["refused"] == [{"id": id, "reason": reason}]
    sql = f"SELECT reason, activity FROM rejected_activity WHERE activity LIKE '%{id}%'"
    (kept,) = eventually(lambda: deployed.lake.query(sql))
    assert kept["reason"] == reason
    assert json.loads(str(kept["activity"]))["amount"] == number
    assert eventually(lambda: deployed.lake.query(f"SELECT amount FROM customer_activity WHERE id = '{other}'"))


def test_an_event_that_cannot_be_understood_is_a_dead_letter_and_stops_nothing(deployed: Deployed) -> None:
    import base64

    broken = json.dumps({"eventType": "Teleported", "mark": uuid.uuid4().hex}).encode()
    deployed.client("firehose").put_record(DeliveryStreamName=deployed.outputs["EventsStream"], Record={"Data": broken})
    raw = base64.b64encode(broken).decode()
    sql = f"SELECT errorcode FROM undelivered_events WHERE rawdata = '{raw}'"
    assert len(eventually(lambda: deployed.lake.query(sql))) == 1
    segment, _ = deployed.crowd(1)
    campaign, _ = deployed.launch(segment)
    assert deployed.reconciled(campaign).agrees


def test_nobody_gets_more_than_the_cap_in_a_day(deployed: Deployed) -> None:
    segment, (name,) = deployed.crowd(1)
    with deployed.variables("SendFunction", CAP_PER_DAY="1"):
        first, _ = deployed.launch(segment)
        assert deployed.reconciled(first).ends == {"sent": 1}
        second, _ = deployed.launch(segment)
        assert deployed.reconciled(second).ends == {"suppressed": 1}
    assert full(deployed, f"{second}_{name}")["reason"] == "frequency-cap"
    assert len(deployed.mails(name)) == 1


def test_marketing_waits_for_the_morning(deployed: Deployed) -> None:
    segment, (name,) = deployed.crowd(1)
    now = datetime.now(UTC)
    with deployed.variables("SendFunction", QUIET_HOURS=f"{now.hour}-{(now.hour + 2) % 24}"):
        campaign, _ = deployed.launch(segment)
        found = deployed.states(campaign, lambda states: "intended" not in states)
    assert found == {"deferred": 1}
    assert not deployed.mails(name)
    deployed.table("Messages").update_item(
        Key={"id": f"{campaign}_{name}"},
        UpdateExpression="SET due = :now",
        ExpressionAttributeValues={":now": now.isoformat()},
    )
    assert deployed.sweep()["due"] >= 1
    assert deployed.reconciled(campaign).ends == {"sent": 1}


@pytest.mark.parametrize(
    ("function", "statement", "state"),
    [
        ("SendFunction", "SendEmail", "failed"),
        ("SendFunction", "ClaimMessages", "intended"),
        ("SendFunction", "LookAtTheCampaign", "intended"),
        ("SendFunction", "ReadAndCountTheAudience", "intended"),
    ],
)
def test_the_sender_can_do_no_more_than_its_role_allows(
    deployed: Deployed, function: str, statement: str, state: str
) -> None:
    iam = deployed.client("iam")
    arn = deployed.client("lambda").get_function_configuration(FunctionName=deployed.outputs[function])["Role"]
    role = arn.rpartition("/")[2]
    policy = iam.get_role_policy(RoleName=role, PolicyName="send")["PolicyDocument"]
    less = policy | {"Statement": [one for one in policy["Statement"] if one["Sid"] != statement]}
    assert len(less["Statement"]) == len(policy["Statement"]) - 1
    segment, (name,) = deployed.crowd(1)
    iam.put_role_policy(RoleName=role, PolicyName="send", PolicyDocument=json.dumps(less))
    try:
        campaign, _ = deployed.launch(segment)
        time.sleep(3)
        found = deployed.states(campaign, lambda states: "claimed" not in states)
    finally:
        iam.put_role_policy(RoleName=role, PolicyName="send", PolicyDocument=json.dumps(policy))
    assert found == {state: 1}
    assert not deployed.mails(name)
