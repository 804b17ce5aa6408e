"""What came back, as a result or as an error."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final, TypeVar

import httpx

from api.client.calls import Call
from api.client.errors import (
    BadArgument,
    BadReply,
    NoReply,
    NotConnected,
    Problem,
    Refused,
    ZhikuError,
    problem_class,
)
from api.client.pushes import Decline
from api.client.retries import retry_after
from api.client.shapes import Misshapen, shaped

T = TypeVar("T")
FAILURES: Final = (httpx.RequestError, httpx.InvalidURL, ValueError)
"""What httpx raises; ValueError for what is no JSON or no UTF-8 and cannot be sent."""
Outcome = httpx.Response | httpx.RequestError | httpx.InvalidURL | ValueError
"""What a try ends in."""

TRACE_HEADER: Final = "X-Trace-Id"
_NEVER_LEFT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def failure(outcome: Outcome, trace_id: str, now: dt.datetime) -> ZhikuError | None:
    """The error of an outcome; None of a reply that did what was asked."""
    if isinstance(outcome, httpx.Response):
        return None if outcome.is_success else _problem(outcome, trace_id, now)
    if isinstance(outcome, httpx.InvalidURL):
        return BadArgument("请求的地址太长或含有不能用的字符；请缩短问题，或减少一次查的编码")
    if isinstance(outcome, ValueError):  # not told: it may repeat what was to be sent
        return BadArgument("请求里有 JSON 里不能写的内容，例如无穷大或不成对的代理字符")
    return _broken(outcome, trace_id)


def result(call: Call[T], reply: httpx.Response, trace_id: str) -> T:
    """What ``call`` reads in a good reply; ``BadReply`` where it cannot."""
    try:
        content = json.loads(reply.content) if reply.content else None
        return call.read(content)
    except Misshapen as error:
        problem = f"回复和接口说明不符：{error}"
    except ValueError:
        problem = "回复不是 JSON；请核对 base_url，中间可能有别的服务"
    raise BadReply(
        f"{call.method} {call.path}：{problem}",
        code="bad_reply",
        status=reply.status_code,
        trace_id=reply.headers.get(TRACE_HEADER, trace_id),
    )


def _broken(error: httpx.RequestError, trace_id: str) -> ZhikuError:
    said = str(error) or type(error).__name__
    if isinstance(error, _NEVER_LEFT):
        detail = f"连接不上服务（{said}）；请核对 base_url，确认服务在运行"
        made: ZhikuError = NotConnected(detail, code="not_connected", trace_id=trace_id)
    elif isinstance(error, httpx.TimeoutException):
        detail = f"服务没有按时回应（{said}）；办没办成不知道"
        made = NoReply(detail, code="timed_out", trace_id=trace_id)
    elif isinstance(error, httpx.DecodingError | httpx.TooManyRedirects):
        made = BadReply(f"回复读不出来（{said}）", code="bad_reply", trace_id=trace_id)
    else:
        detail = f"连接中断，没有收到完整的回复（{said}）；办没办成不知道"
        made = NoReply(detail, code="broken_off", trace_id=trace_id)
    made.__cause__ = error
    return made


def _problem(reply: httpx.Response, trace_id: str, now: dt.datetime) -> Problem | BadReply:
    """The problem that a reply describes, or as much as its status says."""
    status = reply.status_code
    asked = retry_after(reply.headers, now)
    said = _said(reply)
    if said is None and status < 400:
        detail = f"服务回应 {status}，不是这个接口的回复；请核对 base_url"
        return BadReply(detail, code="bad_reply", status=status, trace_id=trace_id)
    said = said or {"detail": f"服务回应 {status}，没有说明原因；可能是中间的代理或网关"}
    errors = [one for one in said.get("errors") or () if isinstance(one, dict)]
    code = str(said.get("code", "http_error"))
    # rules that speak against a message are named after themselves, the first like the problem
    refused = status == 409 and bool(errors) and errors[0].get("field") == code
    kind = Refused if refused else problem_class(status)
    made = kind(
        str(said.get("detail", "")),
        code=code,
        status=status,
        errors=errors,
        trace_id=str(said.get("trace_id") or reply.headers.get(TRACE_HEADER, trace_id)),
        retry_after=asked,
    )
    if isinstance(made, Refused):
        made.declines = tuple(_decline(one) for one in errors)
    return made


def _said(reply: httpx.Response) -> dict[str, Any] | None:
    try:
        said = json.loads(reply.content)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _decline(error: dict[str, Any]) -> Decline:
    known = {**error, "code": error.get("field", ""), "reason": error.get("detail", "")}
    try:
        return shaped(Decline)(known)
    except Misshapen:  # the moment cannot be read: the rule still counts
        return shaped(Decline)({**known, "allowed_from": None})
