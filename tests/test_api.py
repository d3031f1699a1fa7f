"""The functions for programs give what the commands give, and the server what the functions give."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters

from dataarch import api
from dataarch.engine.engine import Engine
from dataarch.errors import UserError

from .conftest import ROOT, Run

FRAUD = {"use_cases": ["payment-fraud"], "sources": ["transactions"], "velocity": "real-time", "latency": "150 ms"}
ASKED = ("--set", "use_cases=payment-fraud", "--set", "sources=transactions", "--set", "velocity=real-time",
         "--set", "latency=150 ms")  # fmt: skip


class TestFunctions:
    def test_evaluate_is_what_recommend_prints(self, engine: Engine, run: Run) -> None:
        printed = json.loads(run("recommend", *ASKED, "--format", "json").stdout)
        assert api.evaluate(FRAUD, rule_base=engine) == printed
        full = json.loads(run("recommend", *ASKED, "--format", "json", "--full").stdout)
        assert api.evaluate(FRAUD, estimate=True, rule_base=engine) == full

    def test_answers_are_what_a_file_holds(self, engine: Engine) -> None:
        answers = {**FRAUD, "kafka_experience": False, "consumers_per_stream": 3, "stream_targets": None}
        found = api.evaluate(answers, rule_base=engine)["profile"]
        assert (found["kafka_experience"], found["consumers_per_stream"]) == (False, 3)
        assert "stream_targets" not in found

    @pytest.mark.parametrize(
        "answers", [{"velocity": "quick"}, {"velocty": "batch"}, {"latency": 3.5}, {"sources": [1]}]
    )
    def test_what_cannot_be_an_answer_is_refused_with_its_key(self, engine: Engine, answers: dict[str, Any]) -> None:
        with pytest.raises(UserError) as caught:
            api.evaluate(answers, rule_base=engine)
        assert next(iter(answers)) in str(caught.value.findings[0])

    def test_questions_come_until_nothing_is_left_that_matters(self, engine: Engine) -> None:
        answers: dict[str, Any] = dict(FRAUD)
        declined: list[str] = []
        for _ in range(80):
            asked = api.next_question(answers, declined, rule_base=engine)
            if asked is None:
                break
            assert asked["key"] not in answers
            assert asked["prompt"]
            declined.append(asked["key"])
        assert asked is None
        assert len(declined) > 3

    def test_explain_is_markdown_with_sources(self, engine: Engine) -> None:
        text = api.explain("kinesis-data-streams", "msk", answers=FRAUD, rule_base=engine)
        assert text.startswith("# ")
        assert "## Sources" in text

    def test_compare_is_what_the_command_prints(self, engine: Engine) -> None:
        found = api.compare(FRAUD, {**FRAUD, "kafka_experience": True}, rule_base=engine)
        assert found["answers"]["only_second"] == {"kafka_experience": True}

    def test_scaffold_writes_the_files_that_it_names_and_nothing_else(self, engine: Engine, tmp_path: Path) -> None:
        here = tmp_path / "here"
        planned = api.scaffold("fraud-detection", str(here), answers=FRAUD, dry_run=True, rule_base=engine)
        assert not here.exists()
        made = api.scaffold("fraud-detection", str(here), answers=FRAUD, rule_base=engine)
        assert made == planned
        assert sorted(str(p.relative_to(here)) for p in here.rglob("*") if p.is_file()) == sorted(made)
        with pytest.raises(UserError):
            api.scaffold("fraud-detection", str(here), rule_base=engine)

    def test_the_schema_of_the_answers_takes_the_answers(self, engine: Engine) -> None:
        schema = api.answers_schema(engine)
        Draft202012Validator.check_schema(schema)
        assert Draft202012Validator(schema).is_valid(FRAUD)
        assert not Draft202012Validator(schema).is_valid({"velocity": "quick"})


def served(ask: Callable[[Client], Awaitable[None]], folder: Path) -> None:
    """Lets the real client talk to the server as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "dataarch", "serve", "--mcp"], cwd=str(folder), env=environment
    )

    async def talk() -> None:
        with anyio.fail_after(60):
            async with Client(command) as client:
                await ask(client)

    anyio.run(talk)


class TestServer:
    def test_it_offers_its_tools_with_schemas(self, tmp_path: Path) -> None:
        async def ask(client: Client) -> None:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == {"recommend", "next_question", "explain", "compare", "scaffold"}
            for tool in tools.values():
                Draft202012Validator.check_schema(tool.input_schema)
            assert "use_cases" in tools["recommend"].input_schema["properties"]["answers"]["properties"]

        served(ask, tmp_path)

    def test_it_says_what_the_functions_say(self, engine: Engine, tmp_path: Path) -> None:
        async def ask(client: Client) -> None:
            found = await client.call_tool("recommend", {"answers": FRAUD})
            assert not found.is_error
            assert found.structured_content == api.evaluate(FRAUD, rule_base=engine)
            told = await client.call_tool("explain", {"names": ["msk"], "answers": FRAUD})
            assert told.content[0].text == api.explain("msk", answers=FRAUD, rule_base=engine)  # type: ignore[union-attr]
            other = await client.call_tool("compare", {"first": FRAUD, "second": {"velocity": "batch"}})
            assert other.structured_content == api.compare(FRAUD, {"velocity": "batch"}, rule_base=engine)
            asked = await client.call_tool("next_question", {"answers": {}})
            assert asked.structured_content == {"question": api.next_question({}, rule_base=engine)}

        served(ask, tmp_path)

    def test_it_writes_inside_the_destination_alone_and_refuses_in_one_sentence(self, tmp_path: Path) -> None:
        async def ask(client: Client) -> None:
            where = {"pattern": "fraud-detection", "destination": "project", "answers": FRAUD}
            made = await client.call_tool("scaffold", where)
            assert not made.is_error, made.content
            assert [path.name for path in tmp_path.iterdir()] == ["project"]
            again = await client.call_tool("scaffold", where)
            assert again.is_error
            assert "is not empty; nothing was changed" in again.content[0].text  # type: ignore[union-attr]
            wrong = await client.call_tool("recommend", {"answers": {"velocity": "quick"}})
            assert wrong.is_error
            assert "velocity" in wrong.content[0].text  # type: ignore[union-attr]

        served(ask, tmp_path)

    def test_serve_says_what_it_serves(self, run: Run) -> None:
        done = run("serve")
        assert done.returncode == 2
        assert "--mcp" in done.stderr
