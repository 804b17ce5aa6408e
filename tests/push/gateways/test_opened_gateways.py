"""URLs of gateways: what each means, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.push.gateways.opened import open_gateway
from api.push.gateways.protocol import GatewayError


def opened(url: str, secret: str = "") -> str:
    gateway = open_gateway(url, received=lambda _: None, secret=secret)
    gateway.close()
    return gateway.name


def test_without_a_choice_messages_go_into_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    gateway = open_gateway(received=lambda _: None)
    assert gateway.name == "log:var/spool"
    assert (tmp_path / "var" / "spool").is_dir()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://gate/push", "http://gate/push"),
        ("https://user:geheim@gate:8443/push", "https://gate:8443/push"),
        ("HTTP://gate", "http://gate"),
        ("smpp://zhiku:geheim@127.0.0.1:1", "smpp://127.0.0.1:1"),
        ("smpp://zhiku:geheim@[::1]:1", "smpp://[::1]:1"),
    ],
)
def test_the_name_of_a_gateway_shows_where_it_is_and_no_credentials(url: str, name: str) -> None:
    assert opened(url) == name


@pytest.mark.parametrize(
    "url",
    [
        "",
        "spool",
        "log:",
        "log://folder",
        "ftp://user:geheim@gate",
        "http:///push",
        "https://gate/push?key=geheim",
        "https://gate/push#geheim",
        "http://user:geheim@gate:port/",
        "smpp://geheim@",
        "smpp://127.0.0.1:2775",
        "smpp://zhiku:geheim@gate:70000",
        "smpp://zhiku:geheim@gate/path",
        "smpp://zhiku:geheim?1@gate",
        "smpp://zhiku:geheim@gate?unknown=1",
        "smpp://zhiku:geheim@gate?window=0",
        "smpp://zhiku:geheim@gate?window=x",
        "smpp://zhiku:geheim@gate?window=1&window=2",
        "smpp://zhiku:geheim@gate?source_ton=7",
        "smpp://zhiku:geheim@gate?refused_errors=0 42",
        "smpp://zhiku:geheim@gate?refused_errors=12345678901234567",
        "smpp://zhiku:geheim@gate?system_type=1234567890123",
        "smpp://zhiku:geheimgeheim@gate",
        "smpp://zhiku-zhiku-zhiku:geheim@gate",
        "smpp://zhiku:密码geheim@gate",
        "smpp://zhiku:geheim@gate?tls=1&ca=/nowhere.pem",
    ],
)
def test_a_wrong_url_is_answered_with_the_right_form_and_never_repeated(url: str) -> None:
    with pytest.raises(GatewayError) as refused:
        opened(url)
    assert "geheim" not in str(refused.value)
    assert "正确的写法" in str(refused.value) or "请核对选项 ca" in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_timeout_of_nothing_is_refused() -> None:
    with pytest.raises(GatewayError, match="大于 0"):
        open_gateway("http://gate", received=lambda _: None, timeout=0)
