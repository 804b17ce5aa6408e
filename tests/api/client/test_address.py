from __future__ import annotations

import asyncio
import logging
import traceback

import pytest

from api.client import AsyncZhikuClient, BadArgument, RetryPolicy, ZhikuClient, ZhikuError
from api.client.address import checked_base_url, segment
from tests.api.client.conftest import Ask
from tests.api.client.scripted import Line, scripted
from tests.api.serving import free_port

KEY = "zk_0123456789_secret-of-tests"
ONCE = RetryPolicy(tries=1)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://zhiku.example.cn/kb/", "https://zhiku.example.cn/kb"),
        (" http://[::1]:8000/ ", "http://[::1]:8000"),
    ],
)
def test_an_address_is_kept_without_its_last_slash(given: str, kept: str) -> None:
    assert checked_base_url(given) == kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "http://"),
        ("127.0.0.1:8000", "http"),
        ("zhiku.example.cn", "http://"),
        ("ftp://zhiku.example.cn", "https://"),
        ("http://", "主机名"),
        ("http://zhiku:8000/?a=1", "?"),
        ("http://zhiku:8000/#a", "#"),
        ("http://zhiku:eighty", "网址"),
        (None, "网址"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_in_chinese(given: str, said: str) -> None:
    with pytest.raises(BadArgument, match="base_url") as caught:
        ZhikuClient(given)
    assert said in caught.value.detail
    assert isinstance(caught.value, ValueError)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadArgument) as caught:
        ZhikuClient(f"http://me:{KEY}@zhiku:8000")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", [f"{KEY}\n", f"{KEY} x", f"{KEY}密"])
def test_a_key_that_no_header_takes_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(BadArgument, match="api_key") as caught:
        ZhikuClient("http://zhiku:8000", key)
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
def test_a_timeout_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(BadArgument, match="timeout"):
        ZhikuClient("http://zhiku:8000", timeout=timeout)


def test_the_key_goes_out_as_a_header_and_into_no_repr_log_or_error(
    ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    problem = {"detail": "没有这个条目", "code": "not_found", "trace_id": "t" * 32}
    with caplog.at_level(logging.DEBUG), scripted(Line(404, problem)) as stage:
        with pytest.raises(ZhikuError) as said_no:
            ask(stage.url, lambda zhiku: zhiku.item("x"), api_key=KEY)
        assert stage.heard[0].headers["Authorization"] == f"Bearer {KEY}"
    nowhere = f"http://127.0.0.1:{free_port()}"
    with caplog.at_level(logging.DEBUG), pytest.raises(ZhikuError) as no_answer:
        ask(nowhere, lambda zhiku: zhiku.item("x"), api_key=KEY, retries=ONCE)
    with ZhikuClient(nowhere, KEY) as zhiku:
        shown = repr(zhiku)
    assert shown == f"ZhikuClient('{nowhere}')"
    lonely = AsyncZhikuClient(nowhere, KEY)
    shown += repr(lonely)
    asyncio.run(lonely.close())
    for caught in (said_no, no_answer):
        shown += "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert caplog.text
    assert KEY not in shown + caplog.text


@pytest.mark.parametrize("value", ["", ".", "..", "a/b"])
def test_what_would_lead_to_another_path_is_refused(value: str) -> None:
    with pytest.raises(BadArgument, match="item_id"):
        segment("item_id", value)


def test_any_other_id_is_one_segment() -> None:
    assert segment("screen", "a b?c#d%中") == "a%20b%3Fc%23d%25%E4%B8%AD"


def test_an_address_behind_a_path_is_kept(ask: Ask) -> None:
    with scripted(Line(200, {"labels": 1})) as stage:
        with pytest.raises(ZhikuError):
            ask(f"{stage.url}/kb/", lambda zhiku: zhiku.search("日包", region="yj/yundu"))
        (heard,) = stage.heard
    assert heard.path.startswith("/kb/v1/search?q=%E6%97%A5%E5%8C%85&k=5&explain=false&region=yj")
