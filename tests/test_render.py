"""What a person sees: screens that fit, say where everything comes from, and show free text as it was written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dataarch.check.check import Report
from dataarch.engine.engine import Engine
from dataarch.errors import Finding, Place
from dataarch.explanation import explain, topics
from dataarch.profile import profile, read, settings
from dataarch.recommendation import Decided, Recommendation, recommend
from dataarch.render import answer, glance, markdown, terminal, topic, words
from dataarch.render.criterion import weight
from dataarch.render.page import Table
from dataarch.rulebase.model import Criterion
from tests.conftest import ROOT, Run

MARKUP = "Checkout [bold]fraud[/bold] | *now* [/]"
PROFILES = {
    "fraud": ["use_cases=payment-fraud", "velocity=real-time", "sources=transactions"],
    "iot": ["use_cases=predictive-maintenance", "sources=iot-devices", "velocity=near-real-time", "device_count=20000"],
    "none": ["use_cases=bi-reporting", "velocity=batch"],
    "almost nothing": ["region=eu-west-1"],
    "a stream and no more": ["velocity=real-time", "sources=clickstream"],
    "a closed service in use": ["use_cases=payment-fraud", "existing_platforms=fraud-detector", "ml_expertise=none"],
    "odd": ["velocity=batch", "latency=50 ms", "use_cases=payment-fraud", f"workload={MARKUP}"],
}
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
EACH_EXAMPLE = pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
ON_A_TERMINAL = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
ALL = pytest.mark.parametrize("given", PROFILES.values(), ids=PROFILES.keys())


def test_a_service_that_the_region_lacks_weighs_against_its_option_and_does_not_rule_it_out(engine: Engine) -> None:
    derived = [one for decision in engine.base.decisions.values() for one in decision.criteria if one.derived]
    lines = {one.id: "".join(span.text for span in weight(engine.base, one)) for one in derived}
    weighing = {id for id, line in lines.items() if "strong, against" in line}
    assert weighing == {one.id for one in derived if one.effect == "against"}
    assert {id for id, line in lines.items() if "rules out" in line} == lines.keys() - weighing
    assert weighing
    assert weighing != lines.keys()


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def recommended(engine: Engine, given: list[str], basis: str = "all") -> Recommendation:
    return recommend(engine, profile(engine.base.questions, settings(given)), basis)


def everything(result: Recommendation) -> str:
    return terminal.recommendation(result, full=True, sources=True)


def explained(engine: Engine, names: list[str], given: list[str], day: str = "") -> str:
    return terminal.explanation(explain(engine, names, profile(engine.base.questions, settings(given)), day=day), True)


def on_a_terminal(*arguments: str, **env: str) -> str:
    """What `dataarch` writes to a real terminal of 80 columns and 24 rows."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    unset = ("COLUMNS", "LINES")
    env = {**{key: value for key, value in os.environ.items() if key not in unset}, "TERM": "xterm-256color", **env}
    command = [sys.executable, "-m", "dataarch", *arguments]
    seen = b""
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=ROOT) as process:
        os.close(theirs)
        try:
            while piece := os.read(ours, 65536):
                seen += piece
        except OSError:  # the other end was closed
            pass
        process.wait()
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


def in_layers(screen: str) -> dict[str, list[str]]:
    """What the table of the first screen names in each layer, a mark behind what could still change."""
    below = re.split(r"^Layer +What is chosen .*$", screen, maxsplit=1, flags=re.MULTILINE)[1]
    part = below.strip("\n").split("\n\n")[0]
    rows: dict[str, str] = {}
    for line in part.splitlines():
        name = re.match(r"[A-Z][a-z]+(?=  )", line)
        key = name[0].lower() if name else list(rows)[-1]
        rows[key] = f"{rows.get(key, '')} {line.removeprefix(name[0] if name else '').strip()}".strip()
    return {key: text.split(", ") for key, text in rows.items()}


def named(result: Recommendation, id: str, option: str) -> str:
    """How the first screen calls an option."""
    decision = result.engine.base.decisions[id]
    services = {one.id: one.service for one in decision.options}
    return option if services[option] else f"{decision.title}: {option}"


def chosen(one: Decided) -> list[str]:
    return one.choice if isinstance(one.choice, list) else [one.choice] if one.choice else []


def too_wide(text: str, width: int) -> list[str]:
    whole = ("https://", "http://", "docs/", "--set ")
    return [line for line in text.splitlines() if len(line) > width and not line.strip().startswith(whole)]


def one_line(text: str) -> str:
    return " ".join(text.split())


def unlisted(engine: Engine, text: str) -> list[str]:
    """References that are shown in brackets and not among the sources."""
    body, _, rest = text.partition("\nSources\n")
    shown = {id for id in re.findall(r"[\[ ]([^\s\[\]]+)\]", one_line(body)) if reference(engine, id)}
    assert shown or not rest
    return [id for id in shown if f"\n- {id}: " not in f"\n{rest}"]


def reference(engine: Engine, id: str) -> str:
    """The address of a reference, "" where there is none of that id."""
    try:
        return engine.base.reference(id).address
    except KeyError:
        return ""


class TestScreen:
    @ALL
    @pytest.mark.parametrize("width", [50, 80, 120])
    def test_no_line_is_wider_than_the_terminal_except_addresses(
        self, engine: Engine, given: list[str], width: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(width))
        assert too_wide(terminal.recommendation(recommended(engine, given)), width) == []
        assert too_wide(everything(recommended(engine, given)), width) == []

    def test_prose_stays_readable_on_a_wide_terminal(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "220")
        lines = terminal.recommendation(recommended(engine, PROFILES["fraud"])).splitlines()
        assert max(len(line) for line in lines if line.startswith("  ") and "dataarch" not in line) <= 110

    @ALL
    def test_every_address_is_whole(self, engine: Engine, given: list[str]) -> None:
        text = everything(recommended(engine, given))
        listed = re.findall(r"^- (\S+): ", text.partition("\nSources\n")[2], re.MULTILINE)
        shown = {line.strip() for line in text.splitlines() if "https://" in line}
        assert shown
        assert shown == {address for id in listed if (address := reference(engine, id)).startswith("https://")}

    def test_none_of_the_five_says_why_and_what_is_closest(self, engine: Engine) -> None:
        given = ["use_cases=bi-reporting", "sources=iot-devices"]
        screen = terminal.recommendation(recommended(engine, given)).splitlines()[:8]
        assert screen[0] == "None of the five fits"
        assert any(line.startswith("Because: ") for line in screen)
        assert any(line.startswith("Closest: Event-driven IoT, ") for line in screen)

    def test_nothing_is_called_closest_where_nothing_speaks_for_it(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["none"])
        assert all(entry.score <= 0 for entry in result.pattern.ranking if entry.option != result.pattern.choice)
        assert "Closest" not in everything(result)

    def test_where_nothing_speaks_the_questions_to_answer_first_are_named(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["almost nothing"])
        screen = terminal.recommendation(result).splitlines()[:8]
        assert screen[0] == "No pattern yet"
        for key in result.pattern.needs[:5]:
            assert f"- {key}: {engine.base.questions[key].prompt}" in screen

    def test_an_open_decision_names_what_it_could_still_be(self, engine: Engine) -> None:
        text = everything(recommended(engine, PROFILES["fraud"]))
        assert re.search(r"^Streaming ingestion +kinesis-data-streams +low: msk, data-firehose$", text, re.MULTILINE)
        assert "could still be msk" in one_line(text)

    @ALL
    def test_every_reference_shown_is_among_the_sources(self, engine: Engine, given: list[str]) -> None:
        assert unlisted(engine, everything(recommended(engine, given))) == []
        assert unlisted(engine, terminal.recommendation(recommended(engine, given), sources=True)) == []

    def test_each_basis_is_told_apart(self, engine: Engine) -> None:
        text = one_line(everything(recommended(engine, PROFILES["fraud"])))
        for said in ("the whitepaper says", "AWS said so already then", "AWS has changed since", "our judgement"):
            assert f"{said} · " in text

    def test_a_service_that_aws_has_closed_is_shown_as_such(self, engine: Engine) -> None:
        text = one_line(terminal.recommendation(recommended(engine, PROFILES["a closed service in use"])))
        assert "closed to new customers since 2025-11-07; instead: " in text
        assert text.index("Warnings") < text.index("Reasons")

    @ALL
    def test_the_last_line_is_a_command_that_works(self, engine: Engine, given: list[str], run: Run) -> None:
        lines = terminal.recommendation(recommended(engine, given)).splitlines()
        start = next(index for index in range(len(lines) - 1, 0, -1) if lines[index].startswith("  dataarch "))
        command = shlex.split("".join(line.removesuffix("\\") for line in lines[start:]))
        done = run(*command[1:])
        assert done.returncode == 0, done.stderr
        assert "For your answers: " in done.stdout

    def test_the_next_command_names_the_answers_file_and_the_view(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "my answers.yaml").write_text("velocity: real-time\n")
        flags = ("--answers", "my answers.yaml", "--basis", "whitepaper")
        last = run("recommend", *flags).stdout.splitlines()[-1]
        assert last.endswith("--answers 'my answers.yaml' --basis whitepaper")

    def test_free_text_is_shown_as_it_was_written(self, engine: Engine) -> None:
        assert f"For {MARKUP}: settled, " in terminal.recommendation(recommended(engine, PROFILES["odd"]))

    def test_no_escape_code_reaches_a_pipe(self, run: Run) -> None:
        given = [part for setting in PROFILES["fraud"] for part in ("--set", setting)]
        for arguments in (["recommend", *given], ["explain", "pattern", *given], ["explain"]):
            done = run(*arguments, FORCE_COLOR="1")
            assert done.returncode == 0
            assert done.stdout
            assert "\x1b" not in done.stdout

    @ON_A_TERMINAL
    @pytest.mark.parametrize(
        ("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)], ids=str
    )
    def test_a_terminal_has_colour_unless_told_otherwise(self, env: dict[str, str], coloured: bool) -> None:
        seen = on_a_terminal("explain", "lake-storage", **{"NO_COLOR": "", **env})
        assert ("\x1b[" in seen) is coloured

    def test_a_file_gets_no_colour(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        assert "\x1b" not in terminal.recommendation(recommended(engine, PROFILES["fraud"]), plain=True)

    def test_control_characters_of_a_file_name_do_not_reach_the_terminal(self) -> None:
        report = Report((Finding(Place("a\x1b[2J.yaml", 3), "is wrong."),), [], 0.0)
        assert "\x1b" not in terminal.report(report)


class TestFirstScreen:
    """What stands on a terminal of 80 columns and 24 rows before anything has scrolled."""

    @ON_A_TERMINAL
    @EACH_EXAMPLE
    def test_it_holds_the_pattern_every_choice_the_count_of_warnings_and_what_is_next(
        self, engine: Engine, file: Path
    ) -> None:
        result = recommend(engine, profile(engine.base.questions, read(str(file))))
        name = f"examples/{file.name}"
        screen = on_a_terminal("recommend", "--answers", name, NO_COLOR="1").splitlines()[:24]
        assert screen[0] == answer.page(result)[0].text  # type: ignore[union-attr]
        assert screen[1].startswith(f"For {result.profile.answers['workload'].value}: {result.pattern.status}, ")
        assert "confidence" in one_line(" ".join(screen[1:3]))
        assert one_line(result.pattern.because[0].because) in one_line(" ".join(screen))
        assert any(re.match(r"\d+ points?\. Runners-up: |Because: ", line) for line in screen)
        layers = in_layers("\n".join(screen))
        for id, one in result.decisions.items():
            shown = layers.get(engine.base.decisions[id].layer, [])
            for option in chosen(one):
                assert {named(result, id, option), f"{named(result, id, option)}?"} & {*shown}, (id, option)
        count = len(result.warnings)
        assert any(line.startswith(f"{count} warning" if count else "No warnings") for line in screen)
        assert "--resume" in "\n".join(screen)
        assert all(key in one_line(" ".join(screen)) for key in result.unanswered[:3])

    def test_the_gravest_warning_stands_on_it_and_opens_the_list(self, engine: Engine) -> None:
        given = read(str(ROOT / "examples/engagement-campaigns.yaml"))
        result = recommend(engine, profile(engine.base.questions, given))
        text = terminal.recommendation(result)
        assert [one.severity for one in result.warnings] == ["note", "caution"]
        first, _, rest = text.partition("\nWarnings\n")
        assert re.search(rf"^Caution: {re.escape(result.warnings[1].message[:40])}", first, re.MULTILINE)
        assert rest.index("- Caution: ") < rest.index("- Note: ")

    @EACH_EXAMPLE
    def test_the_rest_is_short_enough_to_be_read(self, engine: Engine, file: Path) -> None:
        result = recommend(engine, profile(engine.base.questions, read(str(file))))
        assert len(terminal.recommendation(result).splitlines()) <= 160

    @ALL
    @pytest.mark.parametrize("width", [50, 64, 80, 120])
    def test_no_id_is_cut(self, engine: Engine, given: list[str], width: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", str(width))
        result = recommended(engine, given)
        decisions = {id: engine.base.decisions[id].options for id in result.decisions}
        known = {named(result, id, option.id) for id, options in decisions.items() for option in options}
        said = [text for texts in in_layers(terminal.recommendation(result)).values() for text in texts]
        assert said
        assert [text for text in said if text.removesuffix("?") not in known and not text.endswith(" more")] == []

    @ALL
    @pytest.mark.parametrize("width", [50, 80])
    def test_a_choice_that_could_change_never_looks_certain(
        self, engine: Engine, given: list[str], width: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(width))
        result = recommended(engine, given)
        layers = in_layers(terminal.recommendation(result))
        for id, one in result.decisions.items():
            for option in chosen(one):
                if one.status == "open" and option not in one.always:
                    assert named(result, id, option) not in layers[engine.base.decisions[id].layer], id

    def test_what_is_certain_has_no_mark(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["fraud"])
        layers = in_layers(terminal.recommendation(result))
        assert result.decisions["lake-storage"].status == "settled"
        assert "s3" in layers["storage"]
        assert "kms" in result.decisions["governance"].always
        assert "kms" in layers["governance"]

    @pytest.mark.parametrize("room", [9, 10, 12])
    def test_of_more_choices_than_fit_the_last_of_the_longest_layers_are_counted(
        self, engine: Engine, room: int
    ) -> None:
        result = recommended(engine, PROFILES["fraud"])
        every, few = (glance.layers(result, answer.order(result), most) for most in (99, room))
        assert isinstance(every[0], Table)
        assert isinstance(few[0], Table)
        assert len(few[0].rows) == len(every[0].rows) == 7
        lines = 0
        for whole, row in zip(every[0].rows, few[0].rows, strict=True):
            texts = ["".join(span.text for span in cell[1]) for cell in (whole, row)]  # type: ignore[union-attr]
            left = re.search(r", (\d+) more$", texts[1])
            assert len(texts[0].split(", ")) == len(texts[1].split(", ")) - bool(left) + (int(left[1]) if left else 0)
            lines += len(textwrap.wrap(texts[1], 67, break_on_hyphens=False))
        assert lines + 1 <= room


class TestInShort:
    def test_each_choice_of_a_step_has_a_reason_with_its_word_and_source_and_a_change(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["fraud"])
        text = one_line(terminal.recommendation(result))
        steps = engine.base.patterns["fraud-detection"].steps
        for id in [id for step in steps for id in step.decisions if words.applies(result.decisions[id])]:
            one = result.decisions[id]
            title = f"{engine.base.decisions[id].title}: {words.outcome(engine.base, id, one.choice)} [{one.status}, "
            part = text[text.index(title) :][:700]
            assert any(f"{why.because} [" in part or f"{why.reference}]" in part for why in one.because), id
        assert "[our judgement · wp.considerations.real-time]" in text
        assert "Streaming ingestion: kinesis-data-streams [open, low · kafka → msk]" in text

    def test_the_steps_of_the_pattern_stand_in_their_order(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["fraud"])
        text = terminal.recommendation(result)
        steps = engine.base.patterns["fraud-detection"].steps
        heads = [f"\n{number}. {step.title} [{step.reference}]\n" for number, step in enumerate(steps, 1)]
        assert [text.index(head) for head in heads] == sorted(text.index(head) for head in heads)

    @pytest.mark.parametrize("given", ["fraud", "iot"])
    def test_what_no_step_asks_for_has_one_row(self, engine: Engine, given: str) -> None:
        result = recommended(engine, PROFILES[given])
        text = terminal.recommendation(result)
        beside = text[text.index("\nBeside the steps\n") : text.index("\nPerhaps needed, ")]
        asked = {id for step in engine.base.patterns[str(result.pattern.choice)].steps for id in step.decisions}
        rest = [id for id, one in result.decisions.items() if id not in asked and words.applies(one)]
        assert rest
        for id in rest:
            assert len(re.findall(rf"^{re.escape(engine.base.decisions[id].title)}  ", beside, re.MULTILINE)) == 1, id

    def test_without_a_pattern_every_choice_has_its_reason(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["none"])
        text = one_line(terminal.recommendation(result))
        assert result.none_fits
        for id, one in result.decisions.items():
            if words.applies(one):
                assert any(why.because in text for why in one.because), id

    def test_a_change_of_many_names_what_comes_and_goes(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["fraud"])
        assert "→ also lex]" in terminal.recommendation(result)

    def test_full_shows_every_reason_every_option_that_lost_and_every_change(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["fraud"])
        text = one_line(everything(result))
        for id, one in result.decisions.items():
            if not words.applies(one):
                continue
            for why in one.because:
                assert why.because in text
            for rejected in one.rejected:
                assert rejected.why in text
            for edit in words.edits(engine.base, id, one.flips, result.profile.answers):
                assert f"{edit.change} → {edit.outcome}" in text
        assert not re.search(r"and \d+ more", text)

    def test_a_warning_is_shown_whole_and_before_the_reasons(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["odd"])
        text = one_line(terminal.recommendation(result))
        assert result.warnings
        for warning in result.warnings:
            assert text.index(warning.message) < text.index("Reasons in short")

    def test_what_is_perhaps_needed_is_named_by_the_answer_that_decides_it(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["none"])
        text = terminal.recommendation(result)
        part = text[text.index("\nPerhaps needed, by") : text.index("\nServices\n")]
        waiting = [id for id, one in result.decisions.items() if one.status == "open" and not words.applies(one)]
        assert waiting
        assert all(engine.base.decisions[id].title in one_line(part) for id in waiting)
        assert len(part.splitlines()) <= 12

    def test_services_that_became_something_else_are_named_and_the_others_counted(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["fraud"])
        text = terminal.recommendation(result)
        part = one_line(text[text.index("\nServices\n") : text.index("\nNext\n")])
        renamed = [one for one in result.services if one.status == "renamed"]
        assert renamed
        assert all(f"{one.name} (was {one.former_name})" in part for one in renamed)
        assert "Amazon S3 Tables (2024-12-03)" in part
        changed = len(re.findall(r" \((?:was |2)", part))
        assert f"{len(result.services) - changed} of {len(result.services)} are what they were" in part

    def test_of_many_keys_the_first_are_named_and_the_others_counted(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["fraud"])
        text = one_line(terminal.recommendation(result))
        assert len(result.unanswered) > 10
        assert f"{', '.join(result.unanswered[:3])} and {len(result.unanswered) - 3} others." in text

    def test_next_names_the_interview_and_the_least_certain_decision(self, run: Run) -> None:
        given = ("--set", "use_cases=payment-fraud", "--set", "sources=transactions", "--set", "velocity=real-time")
        text = run("recommend", *given).stdout
        tail = one_line(text[text.index("\nNext\n") :].replace("\\\n", ""))
        assert f"dataarch recommend {' '.join(given)} --resume" in tail
        assert f"dataarch explain streaming-ingestion {' '.join(given)}" in tail


class TestSources:
    @pytest.mark.parametrize("command", [["recommend"], ["explain", "streaming-ingestion"]], ids=" ".join)
    def test_sources_are_listed_on_demand_and_else_said_to_be_there(self, command: list[str], run: Run) -> None:
        given = [part for setting in PROFILES["fraud"] for part in ("--set", setting)]
        short, listed = run(*command, *given).stdout, run(*command, *given, "--sources").stdout
        assert "https://" not in short
        assert "--sources" in short
        assert "\nSources\n" not in short
        assert "--sources" not in listed
        assert re.search(r"^- wp\.\S+: .*\n(?:  .*\n)+?  https://docs\.aws\.amazon\.com/", listed, re.MULTILINE)
        assert "read 2026-" in listed

    def test_a_document_keeps_its_sources(self, run: Run) -> None:
        given = [part for setting in PROFILES["fraud"] for part in ("--set", setting)]
        text = run("recommend", *given, "--format", "markdown").stdout
        assert "\n## Sources\n" in text
        assert "--sources" not in text


class TestExplanation:
    GIVEN = ("velocity=real-time", "latency=500 ms", "kafka_experience=no", "consumers_per_stream=3")

    @pytest.mark.parametrize("given", [[], list(GIVEN)], ids=["without answers", "with answers"])
    def test_what_is_explained_fits_and_names_its_sources(
        self, engine: Engine, given: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        decisions = topics(engine)
        asked = [[id] for id in [*decisions, *engine.base.patterns]]
        asked += [options[-2:] for options in decisions.values()]
        for names in asked:
            found = explain(engine, names, profile(engine.base.questions, settings(given)))
            for width in (80, 120):
                monkeypatch.setenv("COLUMNS", str(width))
                text = terminal.explanation(found, sources=True)
                assert too_wide(text, width) == [], names
                assert unlisted(engine, text) == [], names

    def test_a_decision_shows_every_criterion_with_its_condition_and_word(self, engine: Engine) -> None:
        text = one_line(explained(engine, ["streaming-ingestion"], []))
        decision = engine.base.decisions["streaming-ingestion"]
        assert decision.order in text
        for criterion in decision.criteria:
            assert criterion.because in text
        assert "[decisive · the whitepaper says · since 2022-08-03 · wp.considerations.real-time]" in text
        assert "- when consumers_per_stream is at least 51" in text
        assert "Amazon Data Firehose · Amazon Kinesis Data Firehose in the whitepaper" in text

    def test_with_answers_a_failed_criterion_names_every_failed_test_with_its_value_and_place(
        self, engine: Engine
    ) -> None:
        text = one_line(explained(engine, ["streaming-ingestion"], list(self.GIVEN)))
        failed = text[text.index("Failed ─") : text.index("Unknown ─")]
        assert "- kafka_experience is yes: you said no (--set kafka_experience)" in failed
        assert "- latency is below 200 ms: you said 500 ms (--set latency)" in failed
        assert "- not (velocity is real-time or micro-batch): you said real-time (--set velocity)" in failed
        assert "unanswered: replay_window" in text[text.index("Unknown ─") :]

    def test_with_answers_the_outcome_comes_first(self, engine: Engine) -> None:
        lines = explained(engine, ["streaming-ingestion"], list(self.GIVEN)).splitlines()
        assert lines[0] == "Streaming ingestion"
        assert lines[1].startswith("For your answers: ")
        assert "confidence" in lines[2]

    def test_every_flip_of_a_decision_is_shown(self, engine: Engine) -> None:
        text = one_line(explained(engine, ["streaming-ingestion"], list(self.GIVEN)))
        assert "existing_platforms: kafka → msk" in text
        assert "replay_window at least 366 d → msk" in text
        assert "and 1 more" not in text

    def test_two_options_stand_side_by_side_with_their_points(self, engine: Engine) -> None:
        text = explained(engine, ["kinesis-data-streams", "msk"], list(self.GIVEN))
        assert re.search(r"^ +kinesis-data-streams +msk$", text, re.MULTILINE)
        assert re.search(r"^points +-?\d+ points? +-?\d+ points?$", text, re.MULTILINE)

    def test_an_option_shows_each_decision_in_which_it_stands(self, engine: Engine) -> None:
        text = explained(engine, ["data-firehose"], [])
        assert "\nStreaming ingestion\n" in text
        assert "\nStream delivery\n" in text

    def test_a_pattern_shows_its_steps_and_what_realises_them(self, engine: Engine) -> None:
        pattern = engine.base.patterns["fraud-detection"]
        text = explained(engine, [pattern.id], PROFILES["fraud"])
        places = [text.index(f"{number}. {step.title}") for number, step in enumerate(pattern.steps, 1)]
        assert places == sorted(places)
        assert "- lake-storage: s3 [high]" in text

    def test_a_criterion_that_is_not_true_yet_is_shown_without_weight(self, engine: Engine) -> None:
        text = one_line(explained(engine, ["kinesis-data-delivery"], [], day="2023-01-01"))
        assert "(only from 2026-08-28 on)" in text

    def test_an_availability_is_called_one(self, engine: Engine) -> None:
        assert "- Availability: Amazon Fraud Detector takes no new" in explained(engine, ["fraud-detector"], [])

    def test_the_list_names_every_decision_and_option(self, engine: Engine) -> None:
        text = one_line(terminal.topics(engine, topics(engine)))
        for id, decision in engine.base.decisions.items():
            assert f"- {id} ({decision.title}): {', '.join(option.id for option in decision.options)}" in text


class TestReport:
    def test_findings_come_first_with_their_place(self) -> None:
        finding = Finding(Place("rules/a.yaml", 7), "no [bold]such[/bold] key.", "Did you mean 'b'?")
        lines = terminal.report(Report((finding,), ["3 decisions."], 1.26)).splitlines()
        assert lines[0] == "1 finding"
        assert lines[1] == "- rules/a.yaml:7: no [bold]such[/bold] key. Did you mean 'b'?"
        assert "- 3 decisions." in lines
        assert lines[-1] == "In 1.3 s."

    def test_rules_without_findings_hold(self) -> None:
        assert terminal.report(Report((), ["3 decisions."], 0.1)).splitlines()[0] == "The rules hold"


class TestMarkdown:
    @ALL
    def test_the_rows_of_a_table_have_the_columns_of_its_head(self, engine: Engine, given: list[str]) -> None:
        lines = markdown.text(recommended(engine, given)).splitlines()
        tables: list[list[str]] = [[]]
        for line in lines:
            if line.startswith("|"):
                tables[-1].append(line)
            elif tables[-1]:
                tables.append([])
        for table in filter(None, tables):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1, table
            assert set(table[1]) <= set("| -")

    def test_a_comparison_is_a_table_too(self, engine: Engine) -> None:
        found = explain(engine, ["kinesis-data-streams", "msk"], profile(engine.base.questions, []))
        lines = markdown.document(engine.base, topic.page(found)).splitlines()
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines if line.startswith("|")} == {4}

    def test_free_text_is_not_read_as_markdown(self, engine: Engine) -> None:
        text = markdown.text(recommended(engine, PROFILES["odd"]))
        assert r"For Checkout \[bold\]fraud\[/bold\] \| \*now\* \[/\]: settled, " in text

    @ALL
    def test_every_reference_linked_is_among_the_sources(self, engine: Engine, given: list[str]) -> None:
        body, _, sources = markdown.text(recommended(engine, given)).partition("\n## Sources\n")
        linked = set(re.findall(r"\[([^\[\]\\]+)\]\(<", body))
        assert linked
        assert [id for id in linked if f"- `{id}` " not in sources] == []

    def test_it_says_what_the_terminal_says(self, engine: Engine) -> None:
        text = markdown.text(recommended(engine, PROFILES["fraud"]))
        assert text.startswith("# Fraud detection\n")
        assert "- `latency` below 70 ms → msk" in text
        assert "\n```sh\ndataarch explain " in text

    def test_rich_is_not_needed_for_it(self) -> None:
        code = "import dataarch.render.markdown, sys; sys.exit('rich' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


class TestWords:
    DAY = "2022-08-03"

    @pytest.mark.parametrize(
        ("basis", "since", "said"),
        [
            ("whitepaper", DAY, "the whitepaper says"),
            ("aws", "2022-08-03", "AWS said so already then"),
            ("aws", "2022-08-04", "AWS has changed since"),
            ("project", "2024-01-01", "our judgement"),
            ("acme", "2024-01-01", "acme says"),
        ],
    )
    def test_whose_word_it_is(self, basis: str, since: str, said: str) -> None:
        assert words.whose(basis, since, self.DAY) == said

    def test_an_ended_criterion_says_until_when_and_what_came_instead(self) -> None:
        criterion = Criterion(
            "old", "favours", "a", "strong", ["all"], "It was so.", "wp", "aws", self.DAY, "2024-05-01", "new", [],
            False, "rules/a.yaml:1", [], "",
        )  # fmt: skip
        said = words.idle(criterion, "all", "2025-01-01", {"new": "It is otherwise."})
        assert said == "until 2024-05-01, superseded by: It is otherwise."

    def test_of_thresholds_on_one_side_the_nearest_is_said(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["fraud"])
        one = result.decisions["streaming-ingestion"]
        found = words.edits(engine.base, one.id, one.flips, result.profile.answers)
        assert [edit.change for edit in found if edit.question == "consumers_per_stream"] == [
            "consumers_per_stream at least 51"
        ]

    def test_values_of_one_question_with_one_outcome_are_one_edit(self, engine: Engine) -> None:
        result = recommended(engine, PROFILES["fraud"])
        one = result.decisions["api-authorization"]
        found = words.edits(engine.base, one.id, one.flips, result.profile.answers)
        assert ("channels", "jwt") in [(edit.question, edit.outcome) for edit in found]
        assert len({(edit.question, edit.outcome) for edit in found}) == len(found)
