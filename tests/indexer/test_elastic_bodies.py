"""What is written to Elasticsearch, as values: names, settings, mappings, documents, one alias step."""

from __future__ import annotations

import base64
import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.types import SaleStatus
from indexer.backends.elastic import bodies
from indexer.backends.elastic.address import Address, parse_address
from indexer.backends.elastic.names import index_name, version_of
from indexer.errors import IndexDamaged, UnknownIndexUrl
from indexer.passages import passages_of
from tests.builders import make_facet, make_held, make_item

VERSION = "20260301T093000-0123456789"


def test_a_passage_is_indexed_with_cut_terms_its_filters_and_its_bytes() -> None:
    held = make_held(
        make_item("flow-10", "10元流量包", region="yj/yundu", facets=[make_facet(official="说明")]),
        3,
        dt.date(2026, 3, 1),
        dt.date(2026, 12, 31),
    )
    passage = next(passages_of(held))
    vector = np.array([0.5, -1.0], dtype=np.float16)
    tokens = np.array([[1, -2], [3, 4]], dtype=np.int8)

    document = bodies.passage_document(
        passage, SaleStatus.GRANDFATHERED, ["10元", "流量包"], vector, tokens
    )

    assert document.pop("vector").tolist() == [0.5, -1.0]
    assert base64.b64decode(document.pop("vector_bytes")) == b"\x00\x38\x00\xbc"
    assert base64.b64decode(document.pop("token_bytes")) == b"\x01\xfe\x03\x04"
    assert document == {
        "passage_id": passage.passage_id,
        "item_id": "flow-10",
        "version": 3,
        "family": "flow-10",
        "field": "title",
        "facet": None,
        "text": "10元流量包",
        "context": "",
        "library": "business",
        "audience": 0,
        "region": "yj/yundu",
        "sale": "grandfathered",
        "valid_from": "2026-03-01",
        "valid_to": "2026-12-31",
        "terms": "10元 流量包",
    }


def test_a_passage_without_words_is_counted_all_the_same() -> None:
    passage = next(passages_of(make_held(make_item("mute", "——"))))
    vector = np.zeros(2, dtype=np.float16)
    document = bodies.passage_document(passage, SaleStatus.ON_SALE, [], vector, None)
    assert document["terms"] == bodies.NO_TERMS
    assert "token_bytes" not in document


@pytest.mark.parametrize("term", ["长" * 256, "📱" * 128, "有 空格", "行\n尾", "分\u2028段", "\t"])
def test_a_term_that_the_server_would_cut_goes_in_by_its_digest(term: str) -> None:
    coded = bodies.coded_term(term)
    assert len(coded) == 33
    assert coded != bodies.coded_term(term + "x")
    assert coded == bodies.coded_term(term)


@given(st.text(min_size=1))
def test_a_coded_term_is_one_word_that_is_short_enough(term: str) -> None:
    coded = bodies.coded_term(term)
    assert coded.split() == [coded]
    assert len(coded.encode("utf-16-le")) // 2 <= bodies.LONGEST_TERM


def test_the_mapping_of_passages_is_strict_and_keeps_no_vector_in_the_source() -> None:
    mapping = bodies.passage_mapping(512, "int8_hnsw")
    assert mapping["dynamic"] == "strict"
    assert mapping["_source"] == {"excludes": ["terms", "vector", "vector_bytes", "token_bytes"]}
    assert mapping["properties"]["terms"] == {
        "type": "text",
        "analyzer": "whitespace",
        "index_options": "freqs",
    }
    assert mapping["properties"]["vector"] == {
        "type": "dense_vector",
        "dims": 512,
        "index": True,
        "similarity": "max_inner_product",
        "index_options": {"type": "int8_hnsw"},
    }
    for name in ("vector_bytes", "token_bytes"):
        assert mapping["properties"][name] == {"type": "binary", "doc_values": True}
    for name in ("passage_id", "item_id", "family", "library", "region", "sale", "facet"):
        assert mapping["properties"][name] == {"type": "keyword"}


def test_codes_and_pinyin_of_items_are_keywords() -> None:
    properties = bodies.release_mapping()["properties"]
    for name in ("codes", "pinyin", "initials", "item_id", "title"):
        assert properties[name] == {"type": "keyword"}


def test_an_index_is_filled_without_copies_and_served_with_them_and_closed_to_writing() -> None:
    assert bodies.building_settings(3) == {
        "number_of_shards": 3,
        "number_of_replicas": 0,
        "auto_expand_replicas": "false",
        "refresh_interval": "-1",
        "translog.durability": "async",
        "soft_deletes.retention_lease.period": "1s",
    }
    assert bodies.serving_settings(1) == {
        "auto_expand_replicas": "0-1",
        "translog.durability": "request",
        "soft_deletes.retention_lease.period": None,
        "blocks.write": True,
    }
    assert bodies.serving_settings(0)["auto_expand_replicas"] == "false"


def test_the_alias_moves_in_one_step_and_leaves_shared_indices_where_they_are() -> None:
    assert bodies.alias_actions("zhiku", ["a", "b", "r1"], ["b", "c", "r2"]) == [
        {"remove": {"index": "a", "alias": "zhiku"}},
        {"remove": {"index": "r1", "alias": "zhiku"}},
        {"add": {"index": "b", "alias": "zhiku"}},
        {"add": {"index": "c", "alias": "zhiku"}},
        {"add": {"index": "r2", "alias": "zhiku"}},
    ]


def test_an_index_s_name_tells_its_version_and_nothing_else_is_taken_for_one() -> None:
    name = index_name("zhiku", VERSION, "tips")
    assert name == "zhiku-20260301t093000-0123456789-tips"
    assert version_of("zhiku", name) == (VERSION, "tips")
    for other in ("zhiku", "zhiku-lock", "zhiku-notes-tips", name + "2", "x" + name, name[:-5]):
        assert version_of("zhiku", other) is None
    assert version_of("zhiku-halls", name) is None
    assert version_of("zhi", name) is None
    for bad in ("", "..", "*", "20260301T093000-012345678", VERSION + ",*", VERSION.lower()):
        with pytest.raises(IndexDamaged, match="zhiku index build"):
            index_name("zhiku", bad, "tips")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://es", Address(("http://es:9200",), "zhiku")),
        ("http://es:9201/", Address(("http://es:9201",), "zhiku")),
        ("https://es", Address(("https://es:443",), "zhiku")),
        ("http://a:1,b:2,c/halls", Address(("http://a:1", "http://b:2", "http://c:9200"), "halls")),
        ("https://gate/search/halls", Address(("https://gate:443/search",), "halls")),
        ("https://gate/a/b/", Address(("https://gate:443/a/b",), "zhiku")),
        ("http://[::1]:9200/x", Address(("http://[::1]:9200",), "x")),
        ("http://u:p/a@w@es/x", Address(("http://es:9200",), "x", "u", "p/a@w")),
        ("http://u:p%40w@es/x", Address(("http://es:9200",), "x", "u", "p@w")),
    ],
)
def test_an_address_names_nodes_alias_and_user(url: str, expected: Address) -> None:
    assert parse_address(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://es:99999",
        "http://es:port",
        "http://a,,b",
        "http://es/Großes",
        "http://es/UP",
        "http://es/-x",
        "http://es/a*",
        "http://u:geheim@es:x",
        "http://u:geheim@es/A",
        "http://u:geheim/x@es/A",
        "https://a:1,https://b:1",
    ],
)
def test_an_address_that_cannot_be_used_is_told_without_its_password(url: str) -> None:
    with pytest.raises(UnknownIndexUrl, match="http") as caught:
        parse_address(url)
    assert "geheim" not in str(caught.value)
    assert "geheim" not in repr(Address((), "x", "u", "geheim"))
