"""dataarch as a server of the Model Context Protocol over standard input and output.

It needs the extra `mcp`. Its tools are the functions of `dataarch.api`; the only one that writes is scaffold, into the
folder that the caller names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anyio
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from dataarch import __version__, api
from dataarch.engine.engine import Engine
from dataarch.errors import UserError
from dataarch.scaffold.template import templates

Arguments = dict[str, Any]
_TEXTS = {"type": "array", "items": {"type": "string"}}


def run() -> None:
    """Serves until standard input ends."""
    anyio.run(_serve)


async def _serve() -> None:
    engine = api.load_rule_base()
    offered = tools(engine)

    async def listed(context: Any, params: PaginatedRequestParams | None) -> ListToolsResult:
        del context, params
        return ListToolsResult(tools=offered)

    async def called(context: Any, params: CallToolRequestParams) -> CallToolResult:
        del context
        return await anyio.to_thread.run_sync(call, engine, params.name, params.arguments or {})

    server: Server[Any] = Server("dataarch", version=__version__, on_list_tools=listed, on_call_tool=called)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def tools(engine: Engine) -> list[Tool]:
    """The tools with the schemas of what they take."""
    answers = api.answers_schema(engine)
    found = []
    for name, (said, writes, properties, required) in _described(answers).items():
        schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        hints = ToolAnnotations(read_only_hint=not writes, destructive_hint=False, open_world_hint=False)
        found.append(Tool(name=name, description=said, input_schema=schema, annotations=hints))
    return found


def call(engine: Engine, name: str, arguments: Arguments) -> CallToolResult:
    """The result of one call; what a user can do wrong is a result that says so."""
    if name not in _CALLS:
        return _failed(f"There is no tool {name!r}; there are {', '.join(_CALLS)}.")
    try:
        made = _CALLS[name](engine, arguments)
    except UserError as error:
        return _failed("\n".join(str(finding) for finding in error.findings))
    except (KeyError, TypeError, AttributeError) as error:
        return _failed(f"The arguments of {name} are not as its schema says: {error}.")
    text = made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)
    structured = made if isinstance(made, dict) else None
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=structured)


def _described(answers: Arguments) -> dict[str, tuple[str, bool, Arguments, list[str]]]:
    """Each tool: what it says of itself, whether it writes, what it takes, and what of that it needs."""
    names = {**_TEXTS, "minItems": 1, "maxItems": 2, "description": "A decision, an option, two options to compare, "
             "a pattern, a service, a reference or a question."}  # fmt: skip
    estimate = {"type": "boolean", "description": "Add capacity, limits and monthly cost."}
    destination = {"type": "string", "description": "A new or empty folder; nothing is written outside it."}
    choose = {**_TEXTS, "description": "Choices by hand, each decision=option."}
    pattern = {"enum": templates()}
    return {
        "recommend": ("Recommend an AWS data architecture: the pattern, each layer's choice, reasons, sources, what is "
                      "still open and what would change it. A key that is left out is not known yet.",
                      False, {"answers": answers, "estimate": estimate}, ["answers"]),
        "next_question": ("The question that could still change most, or null where none is left.",
                          False, {"answers": answers, "declined": _TEXTS}, ["answers"]),
        "explain": ("Explain a name of the rules as Markdown; with answers, what held and what would change it.",
                    False, {"names": names, "answers": answers}, ["names"]),
        "compare": ("Compare two profiles: which choices change, and because of which answers.",
                    False, {"first": answers, "second": answers}, ["first", "second"]),
        "scaffold": ("Make a project for a pattern that runs on a laptop and deploys to AWS.",
                     True, {"pattern": pattern, "destination": destination, "answers": answers, "choose": choose,
                            "name": {"type": "string"}, "dry_run": {"type": "boolean"}}, ["pattern", "destination"]),
    }  # fmt: skip


def _scaffold(engine: Engine, given: Arguments) -> Arguments:
    files = api.scaffold(
        given["pattern"], given["destination"], answers=given.get("answers"), choose=given.get("choose", ()),
        name=given.get("name", ""), dry_run=given.get("dry_run", False), rule_base=engine,
    )  # fmt: skip
    return {"destination": given["destination"], "written": not given.get("dry_run", False), "files": files}


_CALLS: dict[str, Callable[[Engine, Arguments], Any]] = {
    "recommend": lambda engine, given: api.evaluate(
        given["answers"], estimate=given.get("estimate", False), rule_base=engine
    ),
    "next_question": lambda engine, given: {
        "question": api.next_question(given["answers"], given.get("declined", ()), rule_base=engine)
    },
    "explain": lambda engine, given: api.explain(*given["names"], answers=given.get("answers"), rule_base=engine),
    "compare": lambda engine, given: api.compare(given["first"], given["second"], rule_base=engine),
    "scaffold": _scaffold,
}


def _failed(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=message)], is_error=True)
