"""Limits of services: read strictly, kept apart from what a recommendation needs, and shown with their sources."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from dataarch import quantity
from dataarch.engine.engine import Engine
from dataarch.engine.store import compiled, engine_of, rules_folder
from dataarch.errors import RuleBaseError
from dataarch.explanation import Explanation, explain
from dataarch.profile import profile, settings
from dataarch.recommendation import recommend
from dataarch.render import terminal
from dataarch.rulebase.availability import status_on
from dataarch.rulebase.catalogue import Limit
from dataarch.rulebase.load import load
from dataarch.rulebase.service import amount
from dataarch.rulebase.sources import read_sources
from dataarch.subject import Subject

SERVICES = """services:
  - id: stream
    name: Stream
    history: []
    reference: r
    limits:
      - id: record
        what: one record
        value: 10 MiB
        of: weight
        seen: 2026-10-05
        reference: r
        confidence: verified
"""
QUESTIONS = [("weight", "size"), ("pace", "rate"), ("ready", "yes-no"), ("wait", "duration")]


def document(services: str) -> dict[str, Any]:
    """The rule document of a base with these services and a few questions."""
    asked = [{"id": id, "prompt": "P?", "help": "H.", "type": type} for id, type in QUESTIONS]
    files: dict[str, Any] = {
        "base.yaml": {"version": "1", "reviewed": "2026-11-23", "whitepaper": "2022-08-03"},
        "references/r.yaml": {"documents": [{"id": "r", "title": "R", "publisher": "P", "address": "https://r"}]},
        "questions/all.yaml": {"id": "all", "title": "A", "order": "1", "questions": asked},
    }
    sources = {name: json.dumps(content).encode() for name, content in files.items()}
    return load({**sources, "services/layer.yaml": services.encode()})


def refused(before: str, after: str) -> list[str]:
    """What is said of the services where one piece of them is replaced."""
    assert before in SERVICES
    with pytest.raises(RuleBaseError) as caught:
        document(SERVICES.replace(before, after))
    return [str(finding) for finding in caught.value.findings]


class TestLoading:
    def test_a_limit_is_read_whole(self) -> None:
        (limit,) = document(SERVICES)["limits"]["stream"]
        assert (limit["id"], limit["what"], limit["value"]) == ("record", "one record", "10 MiB")
        assert (limit["of"], limit["bound"], limit["kind"]) == (["weight"], "at-most", "")
        assert (limit["seen"], limit["reference"], limit["confidence"]) == ("2026-10-05", "r", "verified")

    def test_a_figure_that_bounds_no_answer_is_any_text(self) -> None:
        (limit,) = document(SERVICES.replace("10 MiB\n        of: weight", "as large as you like"))["limits"]["stream"]
        assert (limit["value"], limit["of"], limit["bound"]) == ("as large as you like", [], "")

    def test_a_rate_of_bytes_bounds_the_product_of_two_answers(self) -> None:
        (limit,) = document(SERVICES.replace("10 MiB\n        of: weight", "1 MB/s\n        of: [pace, weight]"))[
            "limits"
        ]["stream"]
        assert limit["of"] == ["pace", "weight"]

    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ("10 MiB", "10", "9: the value '10' of the limit 'record' of stream has no unit (written like 500 GB or"
             " 4 KiB)."),
            ("10 MiB", "10 s", "9: the value '10 s' of the limit 'record' of stream has the unit 's', which is none of"
             " a size (written like 500 GB or 4 KiB)."),
            ("10 MiB", "unlimited", "9: the value 'unlimited' of the limit 'record' of stream is not a size (written"
             " like 500 GB or 4 KiB)."),
            ("of: weight", "of: wieght", "10: the question 'wieght' is not known. Did you mean 'weight'?"),
            ("of: weight", "of: ready", "10: the answer of 'ready' is no quantity; no figure can bound it."),
            ("of: weight", "of: [pace, weight]", "9: the value '10 MiB' of the limit 'record' of stream is no size in a"
             " second (written like 200 MB/s)."),
            ("of: weight", "of: [weight, pace]", "10: the limit 'record' of stream bounds one answer, or the product of"
             " a rate and a size in this order."),
            ("of: weight", "of: [weight, wait]", "10: the limit 'record' of stream bounds one answer, or the product of"
             " a rate and a size in this order."),
            ("of: weight", "per: shard", "10: the limit 'record' of stream has 'per' but not 'of', the answer that it"
             " bounds."),
            ("of: weight", "bound: at-least", "10: the limit 'record' of stream has 'bound' but not 'of', the answer"
             " that it bounds."),
            ("of: weight", "of: weight\n        bound: at-lest", "11: 'bound' of a limit of stream is 'at-lest'."
             " Did you mean 'at-least'?"),
            ("of: weight", "adjustable: perhaps", "10: 'adjustable' of a limit of stream is 'perhaps'. Allowed: yes,"
             " no."),
            ("of: weight", "off: weight", "10: the limit 'record' of stream has no key 'off'. Did you mean 'of'?"),
            ("        seen: 2026-10-05\n", "", "7: a limit of stream lacks the key 'seen'."),
            ("seen: 2026-10-05", "seen: October", "11: 'seen' of a limit of stream must be a date written YYYY-MM-DD."),
            ("reference: r\n        conf", "reference: s\n        conf", "12: the reference 's' is not known. Allowed:"
             " r."),
            ("verified", "verifed", "13: 'confidence' of a limit of stream is 'verifed'. Did you mean 'verified'?"),
            ("limits:", "limit:", "6: a service has no key 'limit'. Did you mean 'limits'?"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_with_its_line(self, before: str, after: str, said: str) -> None:
        found = refused(before, after)
        assert found == [f"rules/services/layer.yaml:{said}"]

    def test_two_limits_of_one_service_have_two_ids(self) -> None:
        second = SERVICES.partition("    limits:\n")[2]
        with pytest.raises(RuleBaseError) as caught:
            document(SERVICES + second)
        (found,) = caught.value.findings
        assert "'record' stands twice" in str(found)


class TestRules:
    def test_every_limit_has_a_source_and_a_day(self, engine: Engine) -> None:
        for limit in limits(engine):
            assert engine.base.reference(limit.reference).address.startswith("https://")
            assert engine.base.whitepaper < limit.seen <= engine.base.reviewed, limit

    def test_no_limit_is_older_or_newer_than_the_copy_that_was_read(self, engine: Engine) -> None:
        for limit in limits(engine):
            assert engine.base.reference(limit.reference).seen in ("", limit.seen), limit

    def test_every_figure_that_bounds_an_answer_can_be_compared_with_it(self, engine: Engine) -> None:
        bounding = [limit for limit in limits(engine) if limit.of]
        assert len(bounding) >= 25
        for limit in bounding:
            assert amount(limit.value, [engine.base.types[key] for key in limit.of]) > 0
            assert limit.bound in ("at-most", "at-least")

    @pytest.mark.parametrize(
        ("service", "id", "kind", "value"),
        [
            ("kinesis-data-streams", "record", "size", "10 MiB"),
            ("kinesis-data-streams", "readable", "duration", "365 d"),
            ("data-firehose", "record", "size", "1000 KiB"),
            ("personalize", "interactions.least", "whole-number", "1000"),
        ],
    )
    def test_a_limit_that_a_criterion_speaks_of_is_the_same(
        self, engine: Engine, service: str, id: str, kind: str, value: str
    ) -> None:
        (limit,) = (limit for limit in engine.base.limits(service) if limit.id == id)
        assert amount(limit.value, [kind]) == quantity.parse(value, kind)

    def test_the_services_that_compete_for_a_choice_have_limits(self, engine: Engine) -> None:
        for decision in ("streaming-ingestion", "stream-delivery", "stream-processing", "warehouse", "orchestration"):
            services = {option.service for option in engine.base.decisions[decision].options if option.service}
            with_limits = {id for id in services if engine.base.limits(id)}
            assert len(with_limits) >= 2, decision


class TestKeeping:
    def test_what_every_recommendation_reads_holds_no_limit(self, engine: Engine) -> None:
        made = compiled(read_sources(rules_folder()))
        for limit in limits(engine):
            assert json.dumps(limit.what).encode() in made.details
            assert json.dumps(limit.what).encode() not in made.core

    def test_a_recommendation_reads_neither_references_nor_limits(self) -> None:
        made = compiled(read_sources(rules_folder()))._replace(details=b"this is no JSON")
        blind = engine_of(made)
        result = recommend(blind, profile(blind.base.questions, settings(["use_cases=payment-fraud"])))
        assert result.pattern.choice == "fraud-detection"


def limits(engine: Engine) -> list[Limit]:
    return [limit for id in engine.base.services for limit in engine.base.limits(id)]


def shown(engine: Engine, *names: str, given: tuple[str, ...] = (), day: str = "") -> str:
    answers = profile(engine.base.questions, settings(list(given)))
    return terminal.explanation(explain(engine, list(names), answers, day=day), sources=True)


def one_line(text: str) -> str:
    return " ".join(text.split())


def part(text: str, heading: str) -> str:
    """What stands below a heading, to the next one."""
    return re.split(r"\n\n[^\n]+\n─+\n", text.partition(f"\n{heading}\n")[2])[0]


EVERY = ["pinpoint", "iot-greengrass-v1", "kinesis-video-streams", "msk-serverless", "wp", "wp.fraud", "fh-q",
         "latency", "use_cases", "workload", "event_size"]  # fmt: skip


class TestPages:
    @pytest.fixture(autouse=True)
    def columns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "80")

    @pytest.mark.parametrize("width", [50, 80, 120])
    def test_every_page_fits(self, engine: Engine, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", str(width))
        for name in [*EVERY, *engine.base.decisions]:
            lines = shown(engine, name).splitlines()
            wide = [line for line in lines if len(line) > width and "://" not in line and "docs/" not in line]
            assert wide == [], name

    def test_a_decision_shows_the_limits_of_its_options_with_figure_source_and_day(self, engine: Engine) -> None:
        table = part(shown(engine, "streaming-ingestion"), "Limits that matter")
        assert re.match(r"─+\nservice +limit +figure +source, read\n", table)
        services = [option.service for option in engine.base.decisions["streaming-ingestion"].options]
        rows = [limit for id in services for limit in engine.base.limits(id)]
        assert len(re.findall(r"20\d\d-\d\d-\d\d", table)) == len(rows)
        for limit in rows:
            assert limit.reference in table
        assert re.search(r"\nAmazon Kinesis +one record +10 MiB +kds-q 2026-10-05\n", table)
        assert re.search(r"\nAmazon Data +one record +1,000 KiB +fh-q 2026-10-05\n", table)
        assert table.count("EventBridge") == 1
        assert "[can be raised]" in one_line(table)
        assert "[fixed]" in one_line(table)

    def test_a_least_figure_and_one_for_each_part_are_told_apart(self, engine: Engine) -> None:
        assert "at least 1,000" in part(shown(engine, "prediction-service"), "Limits that matter")
        assert "1 MB/s per shard" in part(shown(engine, "streaming-ingestion"), "Limits that matter")

    def test_a_decision_says_what_changed_since_the_whitepaper_with_dates_and_sources(self, engine: Engine) -> None:
        news = one_line(part(shown(engine, "prediction-service"), "What changed since the whitepaper"))
        assert "Amazon SageMaker became Amazon SageMaker AI on 2024-12-03. [sm-what]" in news
        assert "Amazon Forecast takes no new customers since 2024-07-29. AWS points to Amazon SageMaker Canvas" in news
        assert "Amazon Bedrock was launched on 2023-09-28. [bed-hist]" in news
        assert "Since 2023-09-28 for bedrock: You want text or other content generated" in news

    def test_every_later_criterion_of_a_decision_is_among_the_changes(self, engine: Engine) -> None:
        for id, decision in engine.base.decisions.items():
            news = one_line(part(shown(engine, id), "What changed since the whitepaper"))
            for criterion in decision.criteria:
                later = criterion.since > engine.base.whitepaper and not criterion.derived
                assert (f"Since {criterion.since} for" in news and criterion.because in news) or not later, criterion.id
                assert later or f": {criterion.because} [" not in news, criterion.id

    def test_nothing_that_changed_is_said_in_one_sentence(self, engine: Engine) -> None:
        news = part(shown(engine, "orchestration"), "What changed since the whitepaper")
        assert news.splitlines()[1:] == [f"Nothing that these rules know of, as of {engine.base.reviewed}."]

    def test_what_changed_later_than_the_day_asked_for_is_left_out(self, engine: Engine) -> None:
        news = part(shown(engine, "stream-delivery", day="2023-10-01"), "What changed since the whitepaper")
        assert "Flink on 2023-08-30" in one_line(news)
        assert "2023-09-27" in news
        assert "Amazon Data Firehose" not in news
        assert "2024" not in news
        assert "2026" not in news

    def test_a_date_that_no_source_of_aws_gives_is_marked(self, engine: Engine) -> None:
        news = one_line(part(shown(engine, "stream-delivery"), "What changed since the whitepaper"))
        assert "data delivery was launched on 2026-08-28. [from a secondary source · kds-dd]" in news
        assert "streaming ingestion was launched on 2022-11-29. [from memory · rs-str]" in news

    def test_an_option_shows_the_changes_and_limits_of_its_service(self, engine: Engine) -> None:
        for given in ((), ("velocity=real-time",)):
            text = shown(engine, "data-firehose", given=given)
            news = one_line(part(text, "What changed since the whitepaper"))
            assert "Amazon Kinesis Data Firehose became Amazon Data Firehose on 2024-02-09." in news
            assert "1,000 KiB" in part(text, "Limits that matter")
            assert "10 MiB" not in part(text, "Limits that matter")

    def test_two_options_show_their_limits_side_by_side(self, engine: Engine) -> None:
        text = part(shown(engine, "msk", "kinesis-data-streams"), "Limits that matter")
        assert re.search(r"\none record +- serverless: 8 MiB .*- 10 MiB ", text)
        assert re.search(r"\nhow long events stay +- .*- 365 d ", text)

    def test_two_options_show_what_became_of_their_services(self, engine: Engine) -> None:
        text = shown(engine, "kinesis-data-streams", "data-firehose")
        row = one_line(text[text.index("\nsince the") : text.index("\nstrong")])
        assert "Firehose on" in row
        assert "2024-02-09." in row


class TestOtherNames:
    @pytest.fixture(autouse=True)
    def columns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "80")

    def test_a_service_that_is_no_option_shows_what_became_of_it_and_what_replaces_it(self, engine: Engine) -> None:
        text = shown(engine, "iot-greengrass-v1")
        assert text.startswith(f"AWS IoT Greengrass V1\nIt has ended, as of {engine.base.reviewed} [ls]\n")
        assert "- AWS IoT Greengrass V2 [AWS points to these · ls]" in part(text, "What replaces it")
        became = one_line(part(text, "What became of it"))
        assert "announced on 2025-10-07, for 2026-10-07. [ls]" in became
        assert "ended on 2026-10-07. [inferred · ls]" in became

    def test_a_service_is_found_by_the_name_that_it_has_or_had(self, engine: Engine) -> None:
        for name in ("Amazon Kinesis Data Analytics for Apache Flink", "amazon managed service for apache flink"):
            text = shown(engine, name)
            assert text.startswith("Amazon Managed Service for Apache Flink\n")
            assert "64 KPU" in part(text, "Limits that matter")
            assert "- stream-processing: as managed-flink" in part(text, "Where it stands")

    def test_a_service_is_shown_as_it_was_on_the_day(self, engine: Engine) -> None:
        text = shown(engine, "iot-greengrass-v1", day="2025-01-01")
        assert "Offered; no notice against it is known, as of 2025-01-01" in text
        assert "2026" not in text.partition("\nSources\n")[0]
        assert "Not offered yet on 2023-01-01" in shown(engine, "AWS Clean Rooms", day="2023-01-01")

    def test_every_service_has_a_page_with_its_name_of_today(self, engine: Engine) -> None:
        result = recommend(engine, profile(engine.base.questions, []))
        for id, service in engine.base.services.items():
            text = terminal.explanation(Explanation((id,), None, [], result, Subject("service", id)))
            assert one_line(text).startswith(status_on(service, engine.base.reviewed)["name"]), id

    def test_an_option_wins_over_a_service_and_a_decision_over_both(self, engine: Engine) -> None:
        assert shown(engine, "athena").startswith("athena\n")
        assert shown(engine, "stream-processing").startswith("Stream processing\n")
        assert "\nstream_processing [" in shown(engine, "stream_processing")

    def test_a_reference_shows_where_it_is_found_and_what_stands_on_it(self, engine: Engine) -> None:
        text = shown(engine, "wp.fraud")
        document = engine.base.reference("wp")
        assert text.startswith(f"{document.title}\nSection: Build fraud detection architectures\n")
        assert engine.base.reference("wp.fraud").address in text
        assert f"Read on {document.seen}." in text
        stands = one_line(part(text, "What stands on it"))
        cited = [
            criterion
            for decision in engine.base.decisions.values()
            for criterion in decision.criteria
            if criterion.reference == "wp.fraud"
        ]
        assert cited
        assert all(criterion.because in stands for criterion in cited)
        assert "wp.fraud.model" in part(text, "Its sections")

    def test_a_reference_shows_the_limits_that_were_read_there(self, engine: Engine) -> None:
        assert "1,000 KiB" in part(shown(engine, "fh-q"), "Limits read there")
        assert "- data-firehose: Your events are larger" in shown(engine, "fh-q")

    def test_a_question_shows_its_units_thresholds_criteria_and_limits(self, engine: Engine) -> None:
        text = shown(engine, "event_size")
        question = engine.base.questions["event_size"]
        assert text.startswith(f"{question.prompt}\nevent_size [How fast]\n")
        assert one_line(question.help) in one_line(text)
        assert "written like 500 GB or 4 KiB" in text
        assert "1001 KiB" in part(text, "The thresholds that the rules know")
        assert "- data-firehose: Your events are larger" in part(text, "Where it matters")
        assert "10 MiB" in part(text, "Limits that bound it")

    def test_a_question_shows_its_values_and_what_you_said(self, engine: Engine) -> None:
        text = shown(engine, "velocity", given=("velocity=real-time",))
        assert "You said: real-time" in text
        for value, label in engine.base.questions["velocity"].values.items():
            assert f"- {value}: {label}" in one_line(text)

    def test_a_question_that_no_decision_looks_at_says_so(self, engine: Engine) -> None:
        assert "No decision looks at it." in shown(engine, "workload")
