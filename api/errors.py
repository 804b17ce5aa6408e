"""Every error as an RFC 9457 problem: Chinese ``detail`` for people, ``code`` for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.desk.favourites import TooManyFavourites
from api.desk.paging import UnknownPage
from api.desk.whose import PersonMissing, StaffMismatch
from api.entrance import SessionEnded
from api.field_messages import fields_of
from api.keys import KeyRequired, NoKey, ScopeMissing
from api.origins import OriginRefused
from api.push.number import BadNumber
from api.push.policy_file import PolicyUnusable
from api.push.records import NotDecidable
from api.push.request import IdempotencyConflict, NotSendable
from api.push.wanted import NotOrderable
from api.tokens import KeyTooShort, TokenExpired, TokenInvalid, TokenRefused
from corpora.loader import LoadError
from corpora.migrations import StoreError, StoreMissing
from corpora.settings import SettingsError
from corpora.store import UnknownItem
from corpora.types import CorporaError, FieldError
from indexer.encoders.protocol import (
    EncoderError,
    ModelDamaged,
    ModelUnavailable,
    OtherModel,
    ServerAnswerBad,
    ServerAway,
    ServerRefused,
    UnknownEncoder,
)
from indexer.errors import (
    IndexBusy,
    IndexDamaged,
    IndexFull,
    IndexingError,
    IndexMismatch,
    IndexMissing,
    IndexRefused,
    IndexUnavailable,
    UnknownIndexUrl,
)
from retriever import calculate, push
from retriever.errors import BadQuery, NotFound, RetrieverError, UnknownCode


class BadField(Exception):
    """A value that only the opened knowledge can judge, such as the name of a region."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(problem)
        self.field = name


class NotServing(Exception):
    """No version is open."""


class NoKeysSet(Exception):
    """A token, or a sign-in, where everybody may come in; the message says that none is needed."""


class Kind(NamedTuple):
    """How a class of errors appears outside."""

    status: int
    code: str


KINDS: Final[Mapping[type[Exception], Kind]] = {
    BadField: Kind(422, "invalid_request"),
    NotServing: Kind(503, "not_serving"),
    NoKey: Kind(401, "unauthorized"),
    ScopeMissing: Kind(403, "scope_missing"),
    TokenRefused: Kind(401, "token_refused"),
    TokenExpired: Kind(401, "token_expired"),
    TokenInvalid: Kind(401, "token_invalid"),
    SessionEnded: Kind(401, "session_ended"),
    OriginRefused: Kind(403, "origin_refused"),
    KeyRequired: Kind(403, "key_required"),
    KeyTooShort: Kind(409, "key_too_short"),
    NoKeysSet: Kind(409, "no_keys_set"),
    CorporaError: Kind(500, "knowledge_error"),
    FieldError: Kind(422, "invalid_field"),
    LoadError: Kind(500, "knowledge_unreadable"),
    SettingsError: Kind(500, "settings_error"),
    StoreError: Kind(503, "store_unavailable"),
    StoreMissing: Kind(503, "store_missing"),
    UnknownItem: Kind(404, "unknown_item"),
    BadNumber: Kind(422, BadNumber.code),
    StaffMismatch: Kind(403, StaffMismatch.code),
    PersonMissing: Kind(422, PersonMissing.code),
    UnknownPage: Kind(422, UnknownPage.code),
    TooManyFavourites: Kind(409, TooManyFavourites.code),
    PolicyUnusable: Kind(500, "policy_unusable"),
    IdempotencyConflict: Kind(409, IdempotencyConflict.code),
    NotSendable: Kind(422, NotSendable.code),
    NotOrderable: Kind(422, NotOrderable.code),
    NotDecidable: Kind(409, NotDecidable.code),
    IndexingError: Kind(503, "index_error"),
    IndexMissing: Kind(503, "index_missing"),
    IndexDamaged: Kind(503, "index_damaged"),
    IndexMismatch: Kind(503, "index_mismatch"),
    IndexBusy: Kind(503, "index_busy"),
    IndexFull: Kind(503, "index_full"),
    IndexUnavailable: Kind(503, "index_unavailable"),
    IndexRefused: Kind(503, "index_refused"),
    UnknownIndexUrl: Kind(503, "unknown_index_url"),
    EncoderError: Kind(503, "encoder_error"),
    ModelUnavailable: Kind(503, "model_missing"),
    ModelDamaged: Kind(503, "model_damaged"),
    UnknownEncoder: Kind(503, "unknown_encoder"),
    ServerAway: Kind(503, "encoder_away"),
    ServerRefused: Kind(503, "encoder_refused"),
    ServerAnswerBad: Kind(503, "encoder_answer_bad"),
    OtherModel: Kind(503, "encoder_changed"),
    RetrieverError: Kind(500, RetrieverError.code),
    BadQuery: Kind(422, BadQuery.code),
    UnknownCode: Kind(404, UnknownCode.code),
    NotFound: Kind(404, NotFound.code),
    calculate.CalculationError: Kind(422, calculate.CalculationError.code),
    calculate.NoTariff: Kind(422, calculate.NoTariff.code),
    calculate.MissingField: Kind(422, calculate.MissingField.code),
    calculate.BadUsage: Kind(422, calculate.BadUsage.code),
    push.PushError: Kind(422, push.PushError.code),
    push.UnknownValue: Kind(422, push.UnknownValue.code),
    push.MissingValue: Kind(422, push.MissingValue.code),
    push.IllTypedValue: Kind(422, push.IllTypedValue.code),
    push.ConflictingValue: Kind(422, push.ConflictingValue.code),
    push.TooLong: Kind(422, push.TooLong.code),
    push.MmsTooLarge: Kind(422, push.MmsTooLarge.code),
    # what follows is wrong with our templates or settings, whatever the caller sends
    push.UnknownSource: Kind(500, push.UnknownSource.code),
    push.UnusableImage: Kind(500, push.UnusableImage.code),
    push.UnusableSetting: Kind(500, push.UnusableSetting.code),
}
"""The status of every public error of the packages below; the nearest class of the MRO counts."""

_TITLES: Final[Mapping[int, str]] = {
    400: "请求无法解析",
    401: "需要有效的凭证",
    403: "权限不够",
    404: "没有找到",
    405: "请求方法不对",
    409: "不能照办",
    413: "请求太大",
    422: "请求内容不能用",
    500: "服务内部出错",
    503: "暂时不能服务",
}
_HTTP: Final[Mapping[int, tuple[str, str]]] = {
    400: ("malformed_request", "请求无法解析；请核对请求体是不是 UTF-8 编码的 JSON"),
    404: ("no_such_route", "没有这个地址；可用的地址见 /docs"),
    405: ("method_not_allowed", "这个地址不支持这种请求方法；可用的方法见 Allow 响应头和 /docs"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong and what the caller may change; ``errors`` names the fields at fault."""

    status: int
    code: str
    detail: str
    errors: Sequence[Mapping[str, str]] = ()

    def response(self, trace_id: str, headers: Mapping[str, str] | None = None) -> Response:
        """The problem as ``application/problem+json``."""
        content: dict[str, Any] = {
            "type": f"urn:zhiku:problem:{self.code}",
            "title": _TITLES.get(self.status, "请求没有成功"),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "trace_id": trace_id,
        }
        if self.errors:
            content["errors"] = list(self.errors)
        # a browser asks for no password at this challenge: it knows no Bearer
        challenge = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        return Response(
            orjson.dumps(content),
            self.status,
            headers={**challenge, **(headers or {})},
            media_type="application/problem+json",
        )


def unexpected(trace_id: str) -> Problem:
    """The problem of an error that nobody foresaw; its traceback is in the log."""
    detail = f"服务内部出错，已记入日志；请稍后再试，仍不行请把编号 {trace_id} 报给维护人员"
    return Problem(500, "internal_error", detail)


def problem_of(error: Exception) -> Problem:
    """The problem of an error in ``KINDS``."""
    kind = next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)
    detail = str(error)
    if isinstance(error, FieldError):
        detail = f"字段 {error.field} 不能用：{error.problem}"
    names = getattr(error, "names", ()) or (getattr(error, "field", ""),)
    errors = [{"field": name, "detail": detail} for name in names if name]
    return Problem(kind.status, kind.code, detail, errors)


def trace_id_of(request: Request) -> str:
    """The trace id that the outermost middleware gave to the request."""
    return str(request.scope.get("state", {}).get("trace_id", ""))


async def _known(request: Request, error: Exception) -> Response:
    return problem_of(error).response(trace_id_of(request))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, detail = _HTTP.get(error.status_code, ("http_error", "请求没有成功；请核对请求"))
    problem = Problem(error.status_code, code, detail)
    return problem.response(trace_id_of(request), error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = fields_of(error.errors())
    if any(found["type"] == "json_invalid" for found in error.errors()):
        problem = Problem(400, "malformed_json", "请求体不是合法的 JSON；请核对后再发", errors)
    else:
        listed = "；".join(f"{found['field']}：{found['detail']}" for found in errors)
        problem = Problem(422, "invalid_request", listed, errors)
    return problem.response(trace_id_of(request))


def add_handlers(app: FastAPI) -> None:
    """Makes every foreseen error a problem; the rest is for the outermost middleware."""
    for cls in KINDS:
        app.add_exception_handler(cls, _known)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
