"""Who is let in to a cluster, over which TLS, and what is told to who is not."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.settings import Settings
from indexer.backends.elastic.place import ElasticPlace
from indexer.errors import IndexingError, IndexRefused, IndexUnavailable
from indexer.location import ClusterSettings, IndexAt, index_at
from retriever.opening import open_knowledge_base
from tests.builders import make_content, make_filter, make_item, make_release
from tests.contract.elastic import PATIENT, remove_everything
from tests.encoders import HashEncoder
from tests.real.elastic_proxy import (
    Authority,
    ElasticProxy,
    api_key_header,
    basic_header,
    elastic_proxy,
)

pytestmark = pytest.mark.real

KEY = base64.b64encode(b"id-of-key:se-cret-of-key").decode()
USER, PASSWORD = "clerk", "pass:wo@rd-8"
IN_URL = "clerk:pass%3Awo%40rd-8@"
SECRETS = (KEY, PASSWORD, "pass%3Awo%40rd-8", "se-cret", "wrong-secret")
ALIAS = "access"


@pytest.fixture(scope="module")
def published(elastic_url: str) -> Iterator[str]:
    """A node with a little knowledge, published by nobody in particular."""
    place = ElasticPlace(f"{elastic_url}/{ALIAS}", PATIENT)
    writer = place.writer()
    writer.publish(writer.stage(make_content(make_release(make_item("pack", "流量月包")))))
    place.close()
    yield elastic_url
    remove_everything(f"{elastic_url}/{ALIAS}")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def keyed(published: str) -> Iterator[ElasticProxy]:
    """Lets in who has the API key."""
    with elastic_proxy(published, authorization=api_key_header(KEY)) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def guarded(published: str) -> Iterator[ElasticProxy]:
    """Lets in who knows the password."""
    with elastic_proxy(published, authorization=basic_header(USER, PASSWORD)) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def secure(published: str, authority: Authority) -> Iterator[ElasticProxy]:
    """Speaks TLS."""
    with elastic_proxy(published, authority) as proxy:
        yield proxy


def at(proxy: ElasticProxy, access: ClusterSettings, credentials: str = "") -> IndexAt:
    scheme, _, address = proxy.url.partition("://")
    return IndexAt(f"{scheme}://{credentials}{address}/{ALIAS}", replace(access, timeout=60.0))


def first_title(index: IndexAt, tmp_path: Path) -> str:
    base = open_knowledge_base(index, models=tmp_path, encoder=HashEncoder())
    try:
        return base.search("流量月包", make_filter()).hits[0].held.item.title
    finally:
        base.close()


def refused(index: IndexAt, tmp_path: Path) -> IndexingError:
    """The error of an opening; nothing in it, nor in what led to it, tells a secret."""
    with pytest.raises((IndexRefused, IndexUnavailable)) as caught:
        open_knowledge_base(index, models=tmp_path, encoder=HashEncoder())
    error = caught.value
    assert any("一" <= char <= "鿿" for char in str(error))
    assert "\n" not in str(error)
    told = "".join(traceback.format_exception(error))
    led_to: BaseException | None = error
    while led_to is not None:
        told += repr(led_to) + repr(getattr(led_to, "errors", ""))
        led_to = led_to.__cause__ or led_to.__context__
    assert [secret for secret in SECRETS if secret in told] == []
    return error


def test_an_api_key_gets_through(keyed: ElasticProxy, tmp_path: Path) -> None:
    assert first_title(at(keyed, ClusterSettings(api_key=KEY)), tmp_path) == "流量月包"


def test_a_user_and_a_password_get_through(guarded: ElasticProxy, tmp_path: Path) -> None:
    access = ClusterSettings(user=USER, password=PASSWORD)
    assert first_title(at(guarded, access), tmp_path) == "流量月包"


def test_a_user_and_a_password_in_the_url_get_through(
    guarded: ElasticProxy, tmp_path: Path
) -> None:
    assert first_title(at(guarded, ClusterSettings(), IN_URL), tmp_path) == "流量月包"


def test_settings_of_a_deployment_get_through(
    published: str, authority: Authority, tmp_path: Path
) -> None:
    with elastic_proxy(published, authority, authorization=api_key_header(KEY)) as proxy:
        settings = Settings.from_environment(
            {
                "ZHIKU_INDEX_URL": f"{proxy.url}/{ALIAS}",
                "ZHIKU_ELASTIC_API_KEY": KEY,
                "ZHIKU_ELASTIC_CA": str(authority.ca_file),
                "ZHIKU_ELASTIC_TIMEOUT": "60",
            }
        )
        assert first_title(index_at(settings), tmp_path) == "流量月包"


def test_a_ca_file_makes_tls_trusted(
    secure: ElasticProxy, authority: Authority, tmp_path: Path
) -> None:
    assert first_title(at(secure, ClusterSettings(ca=authority.ca_file)), tmp_path) == "流量月包"


def test_the_fingerprint_of_the_certificate_or_of_its_ca_makes_tls_trusted(
    secure: ElasticProxy, authority: Authority, tmp_path: Path
) -> None:
    # Elasticsearch prints that of the CA when it starts for the first time
    for fingerprint in (authority.fingerprint, authority.ca_fingerprint):
        access = ClusterSettings(fingerprint=fingerprint)
        assert first_title(at(secure, access), tmp_path) == "流量月包"


def test_knowledge_is_published_over_tls_by_who_has_the_key(
    elastic_url: str, authority: Authority, tmp_path: Path
) -> None:
    with elastic_proxy(elastic_url, authority, authorization=api_key_header(KEY)) as proxy:
        access = ClusterSettings(api_key=KEY, ca=authority.ca_file, timeout=60.0)
        index = IndexAt(f"{proxy.url}/access-written", access)
        place = ElasticPlace(index.url, access)
        writer = place.writer()
        writer.publish(writer.stage(make_content(make_release(make_item("new", "新的月包")))))
        place.close()
        assert first_title(index, tmp_path) == "新的月包"
    remove_everything(f"{elastic_url}/access-written")


@pytest.mark.parametrize("key", ["", "wrong-secret"])
def test_a_wrong_key_is_told_with_the_settings_to_check(
    keyed: ElasticProxy, tmp_path: Path, key: str
) -> None:
    error = refused(at(keyed, ClusterSettings(api_key=key)), tmp_path)
    assert isinstance(error, IndexRefused)
    assert "ZHIKU_ELASTIC_API_KEY" in str(error)


def test_a_wrong_password_is_told_with_the_settings_to_check(
    guarded: ElasticProxy, tmp_path: Path
) -> None:
    access = ClusterSettings(user=USER, password="wrong-secret")
    for index in (at(guarded, access), at(guarded, ClusterSettings(), f"{USER}:wrong-secret@")):
        error = refused(index, tmp_path)
        assert isinstance(error, IndexRefused)
        assert "ZHIKU_ELASTIC_PASSWORD" in str(error)


@pytest.mark.parametrize("trusts", ["another CA", "nobody in particular"])
def test_a_certificate_of_an_unknown_ca_is_told_with_the_settings_to_check(
    secure: ElasticProxy, tmp_path: Path, trusts: str
) -> None:
    other = Authority(tmp_path).ca_file if trusts == "another CA" else None
    error = refused(at(secure, ClusterSettings(ca=other, api_key=KEY)), tmp_path)
    assert isinstance(error, IndexRefused)
    assert "ZHIKU_ELASTIC_CA" in str(error)


@pytest.mark.parametrize("fingerprint", ["0" * 64, "abc"])
def test_a_wrong_fingerprint_is_told_with_the_setting_to_check(
    secure: ElasticProxy, tmp_path: Path, fingerprint: str
) -> None:
    error = refused(at(secure, ClusterSettings(fingerprint=fingerprint, api_key=KEY)), tmp_path)
    assert isinstance(error, IndexRefused)
    assert "ZHIKU_ELASTIC_FINGERPRINT" in str(error)


def test_a_file_that_is_no_certificate_is_told_with_the_setting_to_check(
    secure: ElasticProxy, tmp_path: Path
) -> None:
    (tmp_path / "notes.pem").write_text("not a certificate")
    for name in ("notes.pem", "nothing.pem"):
        error = refused(at(secure, ClusterSettings(ca=tmp_path / name)), tmp_path)
        assert isinstance(error, IndexRefused)
        assert "ZHIKU_ELASTIC_CA" in str(error)


def test_http_where_tls_is_spoken_and_tls_where_it_is_not_are_told(
    secure: ElasticProxy, keyed: ElasticProxy, authority: Authority, tmp_path: Path
) -> None:
    access = ClusterSettings(api_key=KEY, ca=authority.ca_file, timeout=30.0)
    for url in (f"http://{secure.address}/{ALIAS}", f"https://{keyed.address}/{ALIAS}"):
        error = refused(IndexAt(url, access), tmp_path)
        assert "ZHIKU_INDEX_URL" in str(error)
        assert "http 还是 https" in str(error)


def test_settings_never_show_their_secrets() -> None:
    access = ClusterSettings(api_key=KEY, user=USER, password=PASSWORD)
    with closing(ElasticPlace(f"http://{IN_URL}127.0.0.1:9/{ALIAS}", access)) as place:
        shown = "".join(map(repr, (access, whole_settings(), place.name, place.cluster)))
    assert [secret for secret in SECRETS if secret in shown] == []


def test_an_index_never_shows_the_password_in_its_url() -> None:
    shown = repr(index_at(whole_settings()))
    assert [secret for secret in SECRETS if secret in shown] == []


def whole_settings() -> Settings:
    """Settings with every secret that a cluster may need."""
    return Settings.from_environment(
        {
            "ZHIKU_INDEX_URL": f"http://{IN_URL}127.0.0.1:9/{ALIAS}",
            "ZHIKU_ELASTIC_API_KEY": KEY,
            "ZHIKU_ELASTIC_PASSWORD": PASSWORD,
        }
    )
