"""``zhiku key``: a secret is printed once, a list never shows one, what is wrong is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.keys_store import StoredKeys
from tests.cli.commands import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def valid(place: Place, secret: str) -> bool:
    stored = StoredKeys(f"sqlite:///{place.store}")
    try:
        return stored.read().holder(secret) is not None
    finally:
        stored.close()


def test_a_key_is_made_shown_once_listed_and_revoked(place: Place) -> None:
    made = place.zhiku("key", "create", "短信平台", "--scope", "send", "--scope", "read", "--json")
    assert made.status == 0, made.err
    assert set(made.json) == {"id", "name", "scopes", "secret", "created_at", "revoked_at"}
    assert made.json["scopes"] == ["read", "send"]
    secret, identifier = made.json["secret"], made.json["id"]
    assert valid(place, secret)
    assert secret not in made.err
    assert "只显示这一次" in made.err

    listed = place.zhiku("key", "list", "--json")
    (key,) = listed.json["keys"]
    assert {**key, "secret": secret} == made.json
    assert secret not in listed.out

    revoked = place.zhiku("key", "revoke", identifier, "--json")
    assert revoked.json["revoked_at"] is not None
    assert not valid(place, secret)
    again = place.zhiku("key", "revoke", identifier, "--json")
    assert (again.status, again.json) == (0, revoked.json)
    assert place.zhiku("key", "list", "--json").json["keys"] == [revoked.json]


def test_standard_output_is_the_secret_and_nothing_else(place: Place) -> None:
    first = place.zhiku("key", "create", "网页", "--scope", "read")
    assert valid(place, first.out.strip())
    assert "重启以后才要求密钥" in first.err
    second = place.zhiku("key", "create", "网页", "--scope", "administer")
    assert valid(place, second.out.strip())
    assert "重启" not in second.err


def test_a_list_for_people_names_key_scopes_and_state(place: Place) -> None:
    made = place.zhiku("key", "create", "网页", "--scope", "administer", "--json").json
    place.zhiku("key", "revoke", made["id"])
    shown = place.zhiku("key", "list")
    assert shown.status == 0, shown.err
    for part in (made["id"], "网页", "administer", "吊销"):
        assert part in shown.out
    assert made["secret"] not in shown.out


def test_a_list_of_no_store_is_empty_and_makes_none(place: Place) -> None:
    assert place.zhiku("key", "list", "--json").json == {"keys": []}
    assert "zhiku key create" in place.zhiku("key", "list").err
    assert not place.store.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "网页"), ("缺少选项 --scope",)),
        (("create", "网页", "--scope", "write"), ("--scope", "write", "read")),
        (("create", "--scope", "read"), ("缺少参数 NAME",)),
        (("create", "  ", "--scope", "read"), ("名称",)),
        (("revoke", "0a1b2c3d"), ("0a1b2c3d", "zhiku key list")),
    ],
)
def test_what_cannot_be_done_is_one_line(
    place: Place, arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    assert place.zhiku("key", *arguments).refused(*said)


def test_an_unknown_key_of_a_store_that_is_there_is_one_line(place: Place) -> None:
    place.zhiku("key", "create", "网页", "--scope", "read")
    assert place.zhiku_from_the_start("key", "revoke", "0a1b2c3d").refused("0a1b2c3d")


def test_a_store_that_cannot_be_opened_is_one_line(place: Place) -> None:
    place.write("store/zhiku.db", "no database" * 100)
    for arguments in (("create", "网页", "--scope", "read"), ("list",), ("revoke", "0a1b2c3d")):
        assert place.zhiku("key", *arguments).refused(str(place.store))
