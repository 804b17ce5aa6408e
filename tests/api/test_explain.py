"""``zhiku search --explain`` and ``GET /v1/search?explain=true`` over one index."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from api import responses
from indexer.encoders.protocol import Encoder, TokenEncoder
from tests.api.serving import MODELS
from tests.cli.commands import Place, Ran

QUESTION = "5块钱那个流量日包怎么开通"


def searched(index: Path, *arguments: str) -> Ran:
    place = Place(index.parent, MODELS)
    return place.zhiku("search", QUESTION, "--explain", *arguments, ZHIKU_INDEX_URL=f"file:{index}")


def test_every_explanation_adds_up_and_has_the_keys_of_the_contract(
    client: httpx.Client, encoder: Encoder
) -> None:
    response = client.get("/v1/search", params={"q": QUESTION, "explain": "true"})
    responses.SearchReply.model_validate_json(response.content)
    for hit in response.json()["hits"]:
        why = hit["explain"]
        assert {"passage_id", "lexical", "semantic", "blend", "terms", "asked"} < set(why)
        parts = [part["value"] for part in why["parts"]]
        assert sum(parts) == pytest.approx(hit["score"], abs=6e-5 * (len(parts) + 1))
        lexical = [part["value"] for part in why["parts"] if part["name"] == "lexical"]
        terms = [part["value"] for part in why["term_parts"]]
        assert sum(terms) == pytest.approx(sum(lexical), abs=6e-5 * (len(terms) + 1))
        assert why["understood"]["normalized"] == "5元那个流量日包怎么开通"
        assert why["understood"]["facets"] == [{"value": "open", "label": "如何办理"}]
        assert bool(why["tokens"]["pairs"]) == isinstance(encoder, TokenEncoder)


def test_a_customer_is_explained_nothing_that_is_for_staff(client: httpx.Client) -> None:
    asked = {"q": "发送KTLLB5到10086，核对后回复Y", "explain": "true", "audience": "customer"}
    for hit in client.get("/v1/search", params=asked).json()["hits"]:
        why = hit["explain"]
        if why["field"]["name"].endswith(".official"):
            assert why["tokens"]["pairs"] == []
        for one in why["supporting"]:
            assert (one["text"] is None) == one["field"]["name"].endswith(".official")


def test_the_command_gives_the_same_explanations_as_the_service(
    client: httpx.Client, index: Path
) -> None:
    ran = searched(index, "--as-of", "2026-03-01", "--json")
    assert ran.status == 0, ran.err
    asked = {"q": QUESTION, "explain": "true", "as_of": "2026-03-01"}
    assert ran.json["hits"] == client.get("/v1/search", params=asked).json()["hits"]


def test_the_terminal_shows_what_was_understood_and_the_parts_of_each_score(index: Path) -> None:
    ran = searched(index, "-k", "2")
    assert ran.status == 0, ran.err
    for said in ("统一写法：5元那个流量日包怎么开通", "想知道：如何办理", "金额和数量：5元"):
        assert said in ran.out
    for said in ("得分", "关键词 +", "语义 +", "金额对得上 +0.120", "最佳片段", "词项", "支持"):
        assert said in ran.out
    assert ran.out.count("最佳片段") == 2
