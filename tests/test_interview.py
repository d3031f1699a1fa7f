"""Whole conversations with the real process on a real pseudo-terminal."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import pytest
import yaml

from .conftest import Run
from .talk import CLEAR, CTRL_C, CTRL_D, DOWN, SHIFT_TAB, Talk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")

ENTER = "\r"
FIRST, PREDICTED, WHO = "What should it do for you?", "What should be predicted", "Who will work with the data?"

MARKS = ("These are your answers", "Everything that decides", "Enter alone", "- don't know")
"""What stands on the screen once a prompt is there to be answered."""


def answer(talk: Talk, *searched: str) -> None:
    """Ticks the rows that are found by these words and goes on."""
    for words in searched:
        talk.press(CLEAR, words).until(f"/ {words.replace(' ', '')}").press(" ")
    talk.press(ENTER)


def kept(folder: Path, name: str = "answers.yaml") -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    return found


def to_the_end(talk: Talk) -> None:
    """Says "I don't know yet" to everything until the answers are shown for a last look."""
    for _ in range(70):
        window = talk.rest().window
        while not any(mark in window for mark in MARKS):
            window = talk.rest().window
        if "These are your answers" in window:
            return
        talk.press(ENTER if "Enter alone" in window or "Everything that decides" in window else "-")
    raise AssertionError(talk.screen)


def test_a_conversation_ends_in_the_recommendation(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend") as talk:
        answer(talk.until(FIRST), "payments")
        answer(talk.until(PREDICTED), "likely a fraud")
        talk.until(WHO)
        assert "So far: Fraud detection" in talk.window
        to_the_end(talk)
        talk.press(ENTER)
        assert talk.end() == 0
        assert "Fraud detection" in talk.screen.partition("Your answers are kept in answers.yaml.")[2]
    assert kept(tmp_path)["use_cases"] == ["payment-fraud"]
    assert kept(tmp_path)["personas"] is None


def test_a_key_shows_why_it_is_asked_and_what_hangs_on_it(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend") as talk:
        talk.until(FIRST).press("?").until("It can change: Architecture pattern")
        assert "The use cases say most about which of the five architectures fits" in talk.window
        answer(talk, "payments")
        talk.until(PREDICTED)


def test_going_back_keeps_later_answers_as_defaults(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", rows=60) as talk:
        answer(talk.until(FIRST), "payments")
        answer(talk.until(PREDICTED), "likely a fraud")
        talk.until(WHO).press("<").until("● How likely a fraud is").press(SHIFT_TAB).until("● Fraud: stop fraudulent")
        assert kept(tmp_path) is None
        talk.press(ENTER).until("● How likely a fraud is").press(ENTER).until(WHO).press(CTRL_D)
        talk.end()
    assert kept(tmp_path) == {"use_cases": ["payment-fraud"], "prediction": ["fraud-scoring"]}


@pytest.mark.parametrize("wait", [0, 4, 8, 16, 32])
def test_a_key_pressed_before_the_next_question_stands_there_is_not_lost(tmp_path: Path, wait: int) -> None:
    with Talk(tmp_path, "recommend", "--set", "use_cases=payment-fraud", "--resume") as talk:
        talk.until(PREDICTED).press("-")
        time.sleep(wait / 1000)
        assert talk.press(CTRL_D).end() == 0


def test_before_the_first_question_there_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend") as talk:
        talk.until(FIRST).press("<").until("This is the first question.")


def test_breaking_off_keeps_the_answers_and_resuming_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend") as talk:
        answer(talk.until(FIRST), "payments")
        talk.until(PREDICTED).press("-").until(WHO).press(CTRL_C)
        assert talk.end() == 130
        assert "To go on:\n  dataarch recommend --answers answers.yaml --resume" in talk.screen
    assert kept(tmp_path) == {"use_cases": ["payment-fraud"], "prediction": None}
    with Talk(tmp_path, "recommend", "--answers", "answers.yaml", "--resume") as talk:
        talk.until(WHO)
        assert FIRST not in talk.screen
        assert PREDICTED not in talk.screen
        talk.press("<").until(PREDICTED)


def test_breaking_off_before_the_first_answer_leaves_no_file(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend") as talk:
        talk.until(FIRST).press(CTRL_C)
        assert talk.end() == 130
    assert not list(tmp_path.iterdir())


def test_stopping_recommends_from_what_is_known(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", rows=60) as talk:
        answer(talk.until(FIRST), "payments")
        talk.until(PREDICTED).press(CTRL_D)
        assert talk.end() == 0
        assert "Fraud detection" in talk.screen.partition("--resume")[2]


def test_what_is_asked_follows_from_the_answers(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", "--set", "use_cases=payment-fraud", "--set", "prediction=fraud-scoring",
              "--set", "personas=developer", "--set", "channels=api", "--set", "sources=transactions",
              "--resume") as talk:  # fmt: skip
        while "What is the fastest path" not in talk.rest().window:
            assert talk.press("-").until("Ctrl-D stop here")
        talk.press(DOWN, DOWN, DOWN, ENTER)
        talk.until("What is the fastest path that matters?  Batch")
        to_the_end(talk)
        assert "How many applications of your own read the same stream?" not in talk.screen


def test_a_quantity_is_read_back_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", "--answers", "-", "--ask", "latency") as talk:
        assert talk.end() == 2
        assert "nothing is piped in" in talk.screen
    with Talk(tmp_path, "recommend", "--set", "use_cases=payment-fraud", "--ask", "latency", "--ask", "event_rate",
              rows=60) as talk:  # fmt: skip
        talk.until("Enter alone").press("300 bananas", ENTER).until("has the unit 'bananas'")
        talk.press(CLEAR, "150 ms").until("= 150 milliseconds").press(ENTER)
        talk.until("How many events arrive at peak?").press("5k/s").until("= 5,000 events a second, 432 million a day")
        talk.press(ENTER)
        assert talk.end() == 0
    assert kept(tmp_path) == {"use_cases": ["payment-fraud"], "latency": "150 ms", "event_rate": "5000/s"}


def test_a_search_that_finds_nothing_ticks_nothing(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend") as talk:
        talk.until(FIRST).press("zebra").until("/ zebra").press(" ").until("Nothing here holds “zebra”")
        talk.rest().press(CLEAR).rest().press(ENTER).until("Tick with the space bar")
        assert "●" not in talk.window


def test_none_of_these_is_an_answer_and_stands_alone(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", rows=60) as talk:
        talk.until(FIRST).press(" ").until("● Customer 360: tell which")
        talk.press("None of").until("/ Noneof").press(" ", CLEAR).until("● None of these")
        assert "● Customer 360" not in talk.window
        talk.press(ENTER).until("none of these").until(PREDICTED).press(CTRL_D)
        talk.end()
    assert kept(tmp_path) == {"use_cases": []}


def test_any_answer_can_be_changed_before_the_result(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", rows=70) as talk:
        answer(talk.until(FIRST), "payments")
        to_the_end(talk)
        talk.press("-").until("/ -").press(CLEAR, "?").until("/ ?").press(CLEAR)  # neither means anything here
        talk.press(DOWN, ENTER).until("● Fraud: stop fraudulent").press(" ")
        answer(talk, "maintain machines")
        talk.until("maintain machines before they fail")
        to_the_end(talk)
        talk.press(ENTER)
        assert talk.end() == 0
        assert "Event-driven IoT" in talk.screen.partition("Your answers are kept")[2]


FRAUD = ("--set", "use_cases=payment-fraud", "--set", "prediction=fraud-scoring", "--set", "sources=transactions",
         "--set", "velocity=real-time", "--set", "existing_platforms=none")  # fmt: skip


def test_what_follows_from_the_answers_is_presumed_shown_with_its_reason_and_confirmed(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", *FRAUD, "--resume", rows=70) as talk:
        to_the_end(talk)
        assert "Presumed from your answers, unless you change it:" in talk.screen
        assert "Fraud is stopped by scoring each transaction as it comes in." in " ".join(talk.screen.split())
        assert "When must predictions be made?  In real time, one by one (presumed)" in talk.window
        assert "inference" not in kept(tmp_path)
        talk.press(ENTER)
        assert talk.end() == 0
    assert kept(tmp_path)["inference"] == ["real-time"]


def test_what_is_presumed_can_be_changed(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", *FRAUD, "--resume", rows=70) as talk:
        to_the_end(talk)
        talk.press("When must").until("/ When must").press(ENTER).until("● In real time, one by one")
        talk.press("-").until("When must predictions be made?  not known yet")
        to_the_end(talk)
        talk.press(ENTER)
        assert talk.end() == 0
    assert kept(tmp_path)["inference"] is None


def test_where_one_stops_early_nothing_presumed_counts(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", *FRAUD, "--resume", "--plain", rows=70) as talk:
        while "Presumed from your answers" not in talk.rest().screen:
            talk.press("\n")
        talk.press("!\n")
        assert talk.end() == 0
    assert "inference" not in kept(tmp_path)


def test_answers_that_exclude_each_other_are_refused_at_once(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", "--set", "use_cases=bi-reporting", "--set", "prediction=none",
              "--ask", "inference", rows=60) as talk:  # fmt: skip
        talk.until("When must predictions be made?").press(DOWN, DOWN, " ", ENTER).until("but no prediction")
        talk.until("When must predictions be made?").press(" ", ENTER)
        assert talk.end() == 0
    assert kept(tmp_path)["inference"] == ["batch"]


def test_asking_one_key_asks_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("use_cases: [payment-fraud]\nvelocity: batch\n", encoding="utf-8")
    with Talk(tmp_path, "recommend", "--answers", "mine.yaml", "--ask", "velocity") as talk:
        talk.until("Batch: hours or a day").press(DOWN, DOWN, ENTER)
        assert talk.end() == 0
    assert kept(tmp_path, "mine.yaml")["velocity"] == "real-time"


def test_the_window_may_change_its_size(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend") as talk:
        talk.until(FIRST).resize(40, 120)
        answer(talk, "payments")
        talk.until(PREDICTED).resize(15, 50)
        answer(talk, "likely a fraud")
        talk.until(WHO).press(CTRL_D)
        assert talk.end() == 0


def test_the_result_can_be_piped_while_the_questions_are_on_the_terminal(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", "--format", "json", shell="{} > result.json") as talk:
        answer(talk.until(FIRST), "payments")
        talk.until(PREDICTED).press(CTRL_D)
        assert talk.end() == 0
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["pattern"]["choice"] == "fraud-detection"


def test_without_colour_no_colour_is_written(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", env={"NO_COLOR": "1"}) as talk:
        answer(talk.until(FIRST), "payments")
        talk.until(PREDICTED).press(CTRL_D)
        assert talk.end() == 0
        styles = {code for found in re.findall(rb"\x1b\[([\d;]*)m", talk.raw) for code in found.split(b";")}
        assert styles <= {b"", b"0", b"1", b"2", b"3", b"7"}  # bold, dim, italic, reverse: no colour


@pytest.mark.parametrize("how", [("--plain",), ()], ids=["asked for", "on a dumb terminal"])
def test_plain_questions_move_nothing_on_the_screen(tmp_path: Path, how: tuple[str, ...]) -> None:
    env = {} if how else {"TERM": "dumb"}
    with Talk(tmp_path, "recommend", *how, rows=60, env=env) as talk:
        talk.until("Enter alone: I don't know yet").press("?\n").until("It can change: Architecture pattern")
        talk.press("fraud\n").until("'fraud' fits several rows")
        talk.press("payments\n").until("Noted: stop fraudulent payments.").until(PREDICTED)
        talk.press("8, 99\n").until("There is no row 99").press("8\n").until("Noted: How likely a fraud is.")
        talk.until(WHO).press("<\n").until("alone: How likely a fraud is").press("\n").until(WHO)
        talk.press("\n").until("Noted: not known yet.").press("!\n")
        assert talk.end() == 0
        assert b"\x1b" not in talk.raw.partition(b"Your answers are kept")[0]
    assert kept(tmp_path) == {"use_cases": ["payment-fraud"], "prediction": ["fraud-scoring"], "personas": None}


def test_answers_of_an_older_rule_base_resume(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(
        "use_cases: [payment-fraud, horse-racing]\nfavourite_colour: blue\nprediction: [fraud-scoring]\n"
        "velocity: warp\n", encoding="utf-8",
    )  # fmt: skip
    with Talk(tmp_path, "recommend", "--answers", "old.yaml", "--resume", rows=60) as talk:
        talk.until("old.yaml:2: there is no key 'favourite_colour'").until("'horse-racing'").until("'warp'").until(WHO)
        talk.press("-", CTRL_D)
        assert talk.end() == 0
    assert kept(tmp_path, "old.yaml") == {
        "use_cases": ["payment-fraud"], "prediction": ["fraud-scoring"], "personas": None,
    }  # fmt: skip
    assert "# no longer understood: favourite_colour: blue" in (tmp_path / "old.yaml").read_text(encoding="utf-8")
    assert "horse-racing" in (tmp_path / "old.yaml.bak").read_text(encoding="utf-8")


def test_what_a_person_wrote_by_hand_is_kept_beside(tmp_path: Path) -> None:
    mine = "# our workload\nuse_cases: [payment-fraud]  # since 2019\n"
    (tmp_path / "mine.yaml").write_text(mine, encoding="utf-8")
    with Talk(tmp_path, "recommend", "--answers", "mine.yaml", "--resume") as talk:
        talk.until(PREDICTED).press("-").until("The file as it was is kept in mine.yaml.bak.").press(CTRL_C)
        talk.end()
    assert (tmp_path / "mine.yaml.bak").read_text(encoding="utf-8") == mine
    with Talk(tmp_path, "recommend", "--answers", "mine.yaml", "--resume") as talk:
        talk.until(WHO).press("-").press(CTRL_C)
        talk.end()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.yaml", "mine.yaml.bak"]


def test_json_answers_stay_json(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text('{"use_cases": ["payment-fraud"]}', encoding="utf-8")
    with Talk(tmp_path, "recommend", "--answers", "mine.json", "--resume") as talk:
        talk.until(PREDICTED).press("-").until(WHO).press(CTRL_C)
        talk.end()
    found = json.loads((tmp_path / "mine.json").read_text(encoding="utf-8"))
    assert found == {"use_cases": ["payment-fraud"], "prediction": None}


def test_an_answers_file_that_exists_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("velocity: batch\n", encoding="utf-8")
    with Talk(tmp_path, "recommend") as talk:
        answer(talk.until(FIRST), "payments")
        talk.until(PREDICTED).press(CTRL_C)
        talk.end()
    assert kept(tmp_path) == {"velocity": "batch"}
    assert kept(tmp_path, "answers-2.yaml") == {"use_cases": ["payment-fraud"]}
    with Talk(tmp_path, "recommend", "--save", "answers.yaml") as talk:
        assert talk.end() == 2
        assert "exists already and was kept" in talk.screen


def test_where_no_file_can_be_kept_the_interview_goes_on(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere" / "a.yaml")
    with Talk(tmp_path, "recommend", "--save", missing, columns=200) as talk:
        answer(talk.until(FIRST), "payments")
        talk.until("The answers cannot be kept in a file").until(PREDICTED).press(CTRL_D)
        assert talk.end() == 0
        assert "--set use_cases=payment-fraud" in talk.screen


def test_an_unknown_key_to_ask_is_corrected(run: Run) -> None:
    result = run("recommend", "--set", "velocity=batch", "--ask", "latncy")
    assert result.returncode == 2
    assert "Did you mean 'latency'?" in result.stderr


def test_without_a_terminal_it_is_said_what_is_missing(run: Run) -> None:
    nothing = run("recommend")
    assert nothing.returncode == 2
    assert "--set use_cases=" in nothing.stderr
    assert not nothing.stdout
    some = run("recommend", "--set", "use_cases=payment-fraud", "--resume")
    assert some.returncode == 0
    assert "--set prediction=" in some.stderr
    assert "--set use_cases=" not in some.stderr
    assert some.stdout.startswith("Fraud detection")
    one = run("recommend", "--set", "use_cases=payment-fraud", "--ask", "latency")
    assert one.returncode == 2
    assert "--set latency=" in one.stderr


def test_given_answers_are_never_prompted_for(tmp_path: Path) -> None:
    with Talk(tmp_path, "recommend", "--set", "use_cases=payment-fraud") as talk:
        assert talk.end() == 0
        assert WHO not in talk.screen
