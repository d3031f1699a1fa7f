"""HTTP APIs refuse a token that never expires.

The pinned emulator looks at the time at which a token expires where the token names one, and takes a token that names
none, or answers 500 where the time is no number. API Gateway wants it to be later than now, and knows no token without.
"""

import base64
import json
import math
from typing import Any

from ministack.services import apigateway

from local.emulator.surroundings import Surroundings

_TIMES = ("exp", "nbf", "iat")


def fill(_aws: Surroundings) -> None:
    """Looks at the times of a token first."""
    validate = apigateway._validate_jwt_authorizer

    async def validated(route: Any, authorizer: Any, headers: Any, query: Any) -> tuple[Any, Any, Any]:
        token = apigateway._extract_token_from_identity_source(authorizer.get("identitySource", []), headers, query)
        if token and not timed(token):
            return None, None, apigateway._jwt_unauthorized()
        answer: tuple[Any, Any, Any] = await validate(route, authorizer, headers, query)
        return answer

    apigateway._validate_jwt_authorizer = validated


def timed(token: str) -> bool:
    """Whether a token names when it expires, and every time in it is a number.

    >>> timed("e30.eyJleHAiOiAxfQ.x"), timed("e30.e30.x"), timed("e30.eyJleHAiOiAieCJ9.x"), timed("x")
    (True, False, False, False)
    """
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, LookupError):
        return False
    if not isinstance(claims, dict) or "exp" not in claims:
        return False
    times = [claims.get(name, 0) for name in _TIMES]
    return all(type(time) in {int, float} and math.isfinite(time) for time in times)
