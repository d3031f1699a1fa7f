"""E-mail: from SendEmail by SMTP to a mailbox, and every event of it to where the configuration set says."""

import json
import mailbox
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local import LocalAws

from .conftest import Start, environment_of
from .services import objects, role, until

pytestmark = pytest.mark.local_aws


@pytest.fixture(scope="session")
def mail_python() -> Path:
    """The Python of an environment with a mail server, as a project's that sends e-mail."""
    return environment_of("local-mail", "aiosmtpd==1.4.6\n")


@pytest.fixture
def mailing(mail_python: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    monkeypatch.setenv("LOCAL_AWS_PYTHON", str(mail_python))
    aws = start()
    prepare(aws)
    return aws


def prepare(aws: LocalAws) -> None:
    """Makes an identity, a configuration set and a queue that gets its events by way of EventBridge."""
    ses, sqs, events = (aws.client(name) for name in ("sesv2", "sqs", "events"))
    ses.create_email_identity(EmailIdentity="example.org")
    ses.create_configuration_set(ConfigurationSetName="all")
    ses.create_configuration_set_event_destination(
        ConfigurationSetName="all",
        EventDestinationName="bus",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["SEND", "DELIVERY", "OPEN", "CLICK", "BOUNCE", "COMPLAINT", "DELIVERY_DELAY"],
            "EventBridgeDestination": {"EventBusArn": "arn:aws:events:us-east-1:000000000000:event-bus/default"},
        },
    )
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="mail", EventPattern=json.dumps({"source": ["aws.ses"]}))
    events.put_targets(Rule="mail", Targets=[{"Id": "queue", "Arn": arn}])


def send(aws: LocalAws, to: str, **more: Any) -> str:
    body = {"Text": {"Data": "hello"}, "Html": {"Data": '<a href="https://example.org/a?b=1&amp;c=2">go</a>'}}
    answer = aws.client("sesv2").send_email(
        FromEmailAddress="News <news@example.org>",
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": "Hello"}, "Body": body}},
        ConfigurationSetName="all",
        EmailTags=[{"Name": "order", "Value": "o-1"}],
        **more,
    )
    return str(answer["MessageId"])


def told(aws: LocalAws, *kinds: str) -> list[dict[str, Any]]:
    """Returns the events, once these kinds are among them."""
    sqs = aws.client("sqs")
    found: list[dict[str, Any]] = []

    def look() -> list[dict[str, Any]]:
        got = sqs.receive_message(QueueUrl=f"{aws.url}/000000000000/events", MaxNumberOfMessages=10, WaitTimeSeconds=1)
        found.extend(json.loads(one["Body"]) for one in got.get("Messages", []))
        return found

    return until(look, lambda seen: set(kinds) <= {one["detail"]["eventType"] for one in seen})  # type: ignore[no-any-return]


def box(aws: LocalAws, address: str) -> list[Any]:
    folder = aws.folders.root / "mail" / address
    return list(mailbox.Maildir(folder, create=False)) if folder.is_dir() else []


def world(aws: LocalAws, **wanted: Any) -> None:
    folder = aws.folders.root / "mail"
    folder.mkdir(exist_ok=True)
    (folder / "world.json").write_text(json.dumps(wanted))


def test_a_message_arrives_and_what_its_reader_does_is_told(mailing: LocalAws) -> None:
    id = send(mailing, "ann@mail.example.org")
    events = told(mailing, "Send", "Delivery")
    assert {one["detail"]["mail"]["messageId"] for one in events} == {id}
    assert events[0]["detail"]["mail"]["tags"] == {"ses:configuration-set": ["all"], "order": ["o-1"]}
    assert {one["detail-type"] for one in events} == {"Email Sent", "Email Delivered"}
    (message,) = box(mailing, "ann@mail.example.org")
    assert (message["Subject"], message["From"]) == ("Hello", "News <news@example.org>")
    html = message.get_payload()[1].get_payload(decode=True).decode()
    picture, link = (re.search(rf'{name}="([^"]+)"', html) for name in ("src", "href"))
    assert picture
    assert link

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    with urllib.request.urlopen(picture[1]) as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError) as moved:
        urllib.request.build_opener(Stay()).open(link[1])
    assert moved.value.headers["Location"] == "https://example.org/a?b=1&c=2"
    moved.value.close()
    urllib.request.urlopen(urllib.request.Request(message["X-Local-Complaints"], data=b"")).close()
    events = told(mailing, "Open", "Click", "Complaint")
    clicked = next(one for one in events if one["detail"]["eventType"] == "Click")
    assert clicked["detail"]["click"]["link"] == "https://example.org/a?b=1&c=2"
    again = send(mailing, "ann@mail.example.org")
    bounced = next(one for one in told(mailing, "Bounce") if one["detail"]["eventType"] == "Bounce")
    assert bounced["detail"]["mail"]["messageId"] == again
    assert bounced["detail"]["bounce"]["bounceSubType"] == "OnAccountSuppressionList"
    assert len(box(mailing, "ann@mail.example.org")) == 1
    suppressed = mailing.client("sesv2").get_suppressed_destination(EmailAddress="ann@mail.example.org")
    assert suppressed["SuppressedDestination"]["Reason"] == "COMPLAINT"


def test_what_mail_servers_refuse_comes_back(mailing: LocalAws) -> None:
    world(mailing, unknown=["gone@mail.example.org"], busy=["full@mail.example.org"])
    gone, full = (send(mailing, f"{name}@mail.example.org") for name in ("gone", "full"))

    def bounces() -> dict[str, str]:
        seen = told(mailing, "Bounce", "DeliveryDelay")
        return {
            one["detail"]["mail"]["messageId"]: one["detail"]["bounce"]["bounceType"]
            for one in seen
            if one["detail"]["eventType"] == "Bounce"
        }

    first = bounces()
    assert first[gone] == "Permanent"
    assert {**first, **(bounces() if full not in first else {})}[full] == "Transient"
    listed = mailing.client("sesv2").list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert [one["EmailAddress"] for one in listed] == ["gone@mail.example.org"]
    mailing.client("sesv2").delete_suppressed_destination(EmailAddress="gone@mail.example.org")
    world(mailing)
    send(mailing, "gone@mail.example.org")
    until(lambda: box(mailing, "gone@mail.example.org"), bool)


def test_requests_that_cannot_be_met_are_refused(mailing: LocalAws) -> None:
    ses = mailing.client("sesv2")
    simple = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
    to = {"ToAddresses": ["ann@mail.example.org"]}
    with pytest.raises(ses.exceptions.MessageRejected, match="not verified"):
        ses.send_email(FromEmailAddress="a@elsewhere.org", Destination=to, Content=simple)
    with pytest.raises(ses.exceptions.NotFoundException, match="Configuration set <none>"):
        ses.send_email(FromEmailAddress="a@example.org", Destination=to, Content=simple, ConfigurationSetName="none")
    ses.create_email_template(TemplateName="greet", TemplateContent={"Subject": "Hi {{name}}", "Text": "{{name}}!"})
    template = {"TemplateName": "greet", "TemplateData": "{}"}
    with pytest.raises(ses.exceptions.BadRequestException, match="name"):
        ses.send_email(FromEmailAddress="a@example.org", Destination=to, Content={"Template": template})
    template = {"TemplateName": "greet", "TemplateData": '{"name": "Ann"}'}
    ses.send_email(FromEmailAddress="a@example.org", Destination=to, Content={"Template": template})
    (message,) = until(lambda: box(mailing, "ann@mail.example.org"), bool)
    assert message["Subject"] == "Hi Ann"
    world(mailing, rate=0)
    with pytest.raises(ClientError, match="Maximum sending rate exceeded"):
        ses.send_email(FromEmailAddress="a@example.org", Destination=to, Content=simple)


def test_events_go_to_firehose_with_the_role_of_the_destination(mailing: LocalAws) -> None:
    mailing.client("s3").create_bucket(Bucket="lake")
    write = role(mailing, "deliver", "firehose.amazonaws.com", [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])
    arn = mailing.client("firehose").create_delivery_stream(
        DeliveryStreamName="mail",
        ExtendedS3DestinationConfiguration={"RoleARN": write, "BucketARN": "arn:aws:s3:::lake", "Prefix": "mail/"},
    )["DeliveryStreamARN"]
    tell = role(mailing, "tell", "ses.amazonaws.com", [])
    destination = {
        "Enabled": True,
        "MatchingEventTypes": ["SEND"],
        "KinesisFirehoseDestination": {"IamRoleArn": tell, "DeliveryStreamArn": arn},
    }
    mailing.client("sesv2").create_configuration_set_event_destination(
        ConfigurationSetName="all", EventDestinationName="lake", EventDestination=destination
    )
    send(mailing, "ann@mail.example.org")
    told(mailing, "Delivery")
    assert not objects(mailing, "lake", "mail/")
    allowed = {"Effect": "Allow", "Action": "firehose:PutRecordBatch", "Resource": arn}
    mailing.client("iam").put_role_policy(
        RoleName="tell",
        PolicyName="work",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    id = send(mailing, "ann@mail.example.org")
    found = until(lambda: objects(mailing, "lake", "mail/"), bool)
    assert json.loads(next(iter(found.values())))["mail"]["messageId"] == id


def test_a_role_sends_as_the_identity_that_it_was_given(mailing: LocalAws) -> None:
    mailing.client("sesv2").create_email_identity(EmailIdentity="other.org")
    allowed = {
        "Effect": "Allow",
        "Action": "ses:SendEmail",
        "Resource": "arn:aws:ses:us-east-1:000000000000:identity/example.org",
    }
    arn = role(mailing, "mailer", "lambda.amazonaws.com", [allowed])
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    mailing.client("iam").update_assume_role_policy(
        RoleName="mailer", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    lent = mailing.client("sts").assume_role(RoleArn=arn, RoleSessionName="mailer")["Credentials"]
    own = boto3.client(
        "sesv2",
        region_name="us-east-1",
        endpoint_url=mailing.url,
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent["SessionToken"],
    )
    simple = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
    to = {"ToAddresses": ["ann@mail.example.org"]}
    assert own.send_email(FromEmailAddress="a@example.org", Destination=to, Content=simple)["MessageId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        own.send_email(FromEmailAddress="a@other.org", Destination=to, Content=simple)


def test_nothing_arrives_and_nothing_is_told_without_the_gap_filled(start: Start) -> None:
    aws = start(without=["ses"])
    prepare(aws)
    send(aws, "ann@mail.example.org")
    got = aws.client("sqs").receive_message(QueueUrl=f"{aws.url}/000000000000/events", WaitTimeSeconds=2)
    assert "Messages" not in got
    assert not box(aws, "ann@mail.example.org")
