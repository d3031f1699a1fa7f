"""Athena puts execution parameters in the place of question marks.

The pinned emulator ignores `ExecutionParameters`, and the query fails at its first question mark.
"""

import json
from typing import Any

import sqlglot
from ministack.services import athena
from sqlglot import exp
from sqlglot.tokens import TokenType

from local.emulator import trino
from local.emulator.surroundings import Surroundings


def fill(_: Surroundings) -> None:
    """Lets queries have parameters."""
    start = athena._start_query_execution

    def with_parameters(data: dict[str, Any]) -> Any:
        given = data.get("ExecutionParameters")
        if not given:
            return start(data)
        try:
            query = bind(data["QueryString"], given)
        except ValueError as error:
            return athena.error_response_json("InvalidRequestException", str(error), 400)
        status, headers, body = start({**data, "QueryString": query})
        if status == 200:
            execution = athena._executions[json.loads(body)["QueryExecutionId"]]
            execution.update(Query=data["QueryString"], ExecutionParameters=list(given))
        return status, headers, body

    athena._start_query_execution = with_parameters


def bind(query: str, given: list[str]) -> str:
    """Returns a query with each parameter, a literal as SQL writes it, in the place of its question mark.

    Raises:
        ValueError: there are more or fewer of them, or one is no literal.
    """
    places = [
        token.start for token in sqlglot.tokenize(query, read="trino") if token.token_type == TokenType.PLACEHOLDER
    ]
    if len(places) != len(given):
        raise ValueError(f"Incorrect number of parameters: expected {len(places)} but found {len(given)}")
    for place, text in reversed(list(zip(places, given, strict=True))):
        if not _is_literal(trino.parse(text)):
            raise ValueError(f"The parameter {text} is no literal; a text stands in quotes")
        query = query[:place] + text + query[place + 1 :]
    return query


def _is_literal(tree: exp.Expression) -> bool:
    """Returns whether it is a value; a parameter must not bring code into the query."""
    if isinstance(tree, exp.Neg | exp.Cast):
        return isinstance(tree.this, exp.Literal)
    return isinstance(tree, exp.Literal | exp.Boolean | exp.Null)
