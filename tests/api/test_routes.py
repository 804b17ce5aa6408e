from __future__ import annotations

from typing import Any

import httpx
import pytest

from api import responses
from api.reply_parts import Card, MissingCard

ANSWER_KEYS = {
    *("query", "outcome", "answered", "confidence", "reason", "text", "facet", "item", "citations"),
    *("facts", "tips", "actions", "push", "related", "conflicts", "more", "clarify", "handover"),
    *("nearest", "degraded", "trace_id", "took_ms"),
}
HIT_KEYS = {
    *("item_id", "title", "sub_library", "score", "snippet", "facet", "sale_status"),
    *("effective_from", "effective_to", "region", "reasons"),
}


def ask(client: httpx.Client, query: str, **more: Any) -> dict[str, Any]:
    response = client.post("/v1/answer", json={"query": query, **more})
    assert response.status_code == 200, response.text
    responses.AnswerReply.model_validate_json(response.content)
    answer: dict[str, Any] = response.json()
    assert set(answer) == ANSWER_KEYS
    return answer


def found(client: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    response = client.get("/v1/search", params=params)
    assert response.status_code == 200, response.text
    responses.SearchReply.model_validate_json(response.content)
    hits: list[dict[str, Any]] = response.json()["hits"]
    return hits


def test_search_gives_ranked_items_with_exactly_the_keys_of_the_contract(
    client: httpx.Client,
) -> None:
    response = client.get("/v1/search", params={"q": "日包怎么开", "k": 3})
    content = response.json()
    assert set(content) == {"hits", "took_ms", "degraded"}
    assert content["hits"][0]["item_id"] == "pack-day5"
    assert all(set(hit) == HIT_KEYS for hit in content["hits"])
    scores = [hit["score"] for hit in content["hits"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


def test_snippet_spans_lie_inside_the_snippet_and_mark_words_of_the_question(
    client: httpx.Client,
) -> None:
    snippet = found(client, q="流量月包多少钱", k=1)[0]["snippet"]
    words = [snippet["text"][start:end] for start, end in snippet["spans"]]
    assert words
    assert all(word in "流量月包多少钱" for word in words)


def test_explain_says_why_each_hit_is_there(client: httpx.Client) -> None:
    hits = found(client, q="日包怎么开", k=2, explain="true")
    assert all(set(hit) == HIT_KEYS | {"explain"} for hit in hits)
    assert "日包" in hits[0]["explain"]["terms"]


def test_a_library_filter_lets_nothing_else_through(client: httpx.Client) -> None:
    hits = found(client, q="日包", library=["tips", "technical"], k=50)
    assert {hit["sub_library"] for hit in hits} == {"tips", "technical"}


@pytest.mark.parametrize("region", ["yj/yundu", "云都市"])
def test_a_region_may_be_named_by_path_or_by_its_chinese_name(
    client: httpx.Client, region: str
) -> None:
    assert "hall-yundu" in {hit["item_id"] for hit in found(client, q="营业时间", region=region)}
    province = found(client, q="营业时间", region="yj", k=50)
    assert "hall-yundu" not in {hit["item_id"] for hit in province}


def test_filters_left_empty_by_a_form_restrict_nothing(client: httpx.Client) -> None:
    response = client.get("/v1/search?q=%E6%97%A5%E5%8C%85&library=&region=&audience=&as_of=")
    assert response.status_code == 200
    assert response.json()["hits"] == found(client, q="日包")


def test_an_answer_has_words_sources_tips_actions_and_a_message(client: httpx.Client) -> None:
    answer = ask(client, "5元1GB流量日包怎么开")
    assert answer["outcome"] == "answered"
    assert answer["item"]["id"] == "pack-day5"
    assert "KTLLB5" in answer["text"]
    assert answer["citations"][0]["item_id"] == "pack-day5"
    assert answer["tips"][0]["must_say"] is True
    assert answer["actions"][0]["target"] == "KTLLB5@10086"
    assert answer["push"][0]["template_id"] == "tpl-day-enquiry"
    assert answer["push"][0]["segments"] == 1


def test_a_question_that_needs_a_person_is_handed_over(client: httpx.Client) -> None:
    answer = ask(client, "我被骗了怎么办")
    assert answer["outcome"] == "handover"
    assert answer["handover"] == {
        "route": "fraud",
        "where": "反诈专席 FZZX",
        "check": ["是否已转账"],
        "record": ["对方号码", "链接或账户"],
    }


def test_an_incomplete_question_is_asked_back_with_options_that_can_be_asked(
    client: httpx.Client,
) -> None:
    asked = ask(client, "怎么取消")
    assert asked["outcome"] == "clarify"
    assert 2 <= len(asked["clarify"]["options"]) <= 4
    chosen = asked["clarify"]["options"][0]
    again = ask(client, chosen["query"])
    assert again["outcome"] == "answered"
    assert again["item"]["title"] == chosen["label"]


def test_the_screen_completes_an_incomplete_question(client: httpx.Client) -> None:
    answer = ask(client, "怎么取消", context={"boss_code": "LLB-M20"})
    assert answer["item"]["id"] == "pack-month20"


def test_the_whole_context_of_a_call_is_accepted(client: httpx.Client) -> None:
    customer = {
        "brand": "全球通",
        "device": "某机型",
        "tags": ["老客户"],
        "tariff_sensitive": True,
        "complaint_sensitive": False,
        "scores": {"流失": 0.3},
        "preferred_channels": ["sms"],
        "contacts": ["昨天来电", {"when": "2026-02-01", "about": "账单"}],
    }
    context = {
        "boss_code": "30010002",
        "screen": "CPBG",
        "region": "云都市",
        "audience": "customer",
        "channel": "hotline",
        "as_of": "2026-03-01",
        "dialog": ["我想开日包"],
        "customer": customer,
    }
    assert ask(client, "日包多少钱", context=context)["item"]["id"] == "pack-day5"


def test_filters_count_before_what_the_context_says(client: httpx.Client) -> None:
    body = {"query": "产品变更操作怎么做", "context": {"audience": "internal"}}
    restricted = {**body, "filters": {"library": ["tips"], "audience": "customer"}}
    answer = client.post("/v1/answer", json=restricted).json()
    near = [entry["sub_library"] for entry in answer["nearest"]]
    assert set(near) <= {"tips"}
    assert answer["item"] is None or answer["item"]["sub_library"] == "tips"


def test_suggest_completes_by_characters_initials_and_codes(client: httpx.Client) -> None:
    for typed in ("日包", "rb", "LLB-D5"):
        response = client.get("/v1/suggest", params={"q": typed, "limit": 3})
        responses.SuggestReply.model_validate_json(response.content)
        first = response.json()["suggestions"][0]
        assert set(first) == {"text", "kind", "item_id", "title", "sub_library", "code"}
        assert first["item_id"] == "pack-day5"


def test_suggest_of_nothing_typed_is_empty(client: httpx.Client) -> None:
    assert client.get("/v1/suggest", params={"q": " "}).json() == {"suggestions": []}


def test_follow_gives_a_card_for_each_code_in_the_order_asked(client: httpx.Client) -> None:
    response = client.get("/v1/follow", params={"codes": "llb-m20, NOTHING ,30010002,"})
    cards = response.json()["cards"]
    assert [card["code"] for card in cards] == ["llb-m20", "NOTHING", "30010002"]
    MissingCard.model_validate(cards[1])
    known = Card.model_validate(cards[2])
    assert known.item.id == "pack-day5"
    assert known.tips[0].must_say


def test_a_card_that_the_caller_has_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/v1/follow", params={"codes": "30010002"})
    assert first.headers["cache-control"] == "private, max-age=60"
    known = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    again = client.get("/v1/follow", params={"codes": "30010002"}, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["x-zhiku-version"] == first.headers["x-zhiku-version"]
    for other in ({"codes": "LLB-M20"}, {"codes": "30010002", "audience": "internal"}):
        assert client.get("/v1/follow", params=other, headers=known).status_code == 200


def test_help_of_a_screen_puts_operating_steps_first(client: httpx.Client) -> None:
    response = client.get("/v1/help/cpbg")
    content = responses.HelpReply.model_validate_json(response.content)
    assert content.screen == "CPBG"
    assert content.items[0].item.id == "screen-cpbg"
    assert content.items[0].facets[0].steps == ["进入CPBG", "录入号码"]
    known = {"If-None-Match": response.headers["etag"]}
    assert client.get("/v1/help/cpbg", headers=known).status_code == 304


@pytest.mark.parametrize(
    ("audience", "kinds"),
    [
        ("customer", ["price", "open"]),
        ("agent", ["price", "open", "rules"]),
        ("internal", ["price", "open", "rules", "lesson"]),
    ],
)
def test_an_item_shows_each_reader_only_what_is_meant_for_them(
    client: httpx.Client, audience: str, kinds: list[str]
) -> None:
    response = client.get("/v1/items/pack-day5", params={"audience": audience})
    whole = responses.ItemReply.model_validate_json(response.content)
    assert [facet.kind.value for facet in whole.facets] == kinds
    assert all(facet.official is None for facet in whole.facets) is (audience == "customer")
    assert whole.related[0].item_id == "pack-month10"


def test_a_message_is_rendered_from_the_item(client: httpx.Client) -> None:
    body = {"template_id": "tpl-day-enquiry", "channel": "sms", "item_id": "pack-day5"}
    response = client.post("/v1/push/render", json=body)
    message = response.json()
    assert set(message) == {
        *("template_id", "channel", "text", "encoding", "characters", "segments", "signature"),
        *("unsubscribe", "bytes", "missing", "warnings", "item_versions"),
    }
    assert "一次性收费5元" in message["text"]
    assert message["segments"] == [message["text"]]


def test_values_of_the_caller_fill_a_message(client: httpx.Client) -> None:
    body = {"template_id": "tpl-greeting", "channel": "prompt_box", "values": {"name": "王女士"}}
    message = client.post("/v1/push/render", json=body).json()
    assert message["text"] == "王女士，感谢来电。"


def test_labels_name_every_value_that_a_screen_shows(client: httpx.Client) -> None:
    response = client.get("/v1/labels")
    named = responses.LabelsReply.model_validate_json(response.content)
    assert [label.value for label in named.regions] == ["yj", "yj/yundu"]
    assert len(named.libraries) == 6
    assert all(label.label for _, group in named for label in group)


def test_health_says_which_version_and_encoder_serve(client: httpx.Client) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    response = client.get("/readyz")
    ready = responses.ReadyReply.model_validate_json(response.content)
    assert ready.problem is None
    assert ready.index_version == response.headers["x-zhiku-version"]
    assert ready.items == 8


def test_metrics_count_requests_by_route_and_not_by_address(client: httpx.Client) -> None:
    client.get("/v1/items/pack-day5")
    client.get("/v1/items/pack-month10")
    text = client.get("/metrics").text
    assert 'zhiku_requests_total{route="/v1/items/{item_id}",method="GET",status="200"}' in text
    assert 'zhiku_request_seconds_bucket{route="/v1/items/{item_id}",le="+Inf"}' in text
    assert "zhiku_index_info{version=" in text
    assert "pack-day5" not in text


def test_a_sane_trace_id_of_the_caller_is_kept_and_any_other_is_replaced(
    client: httpx.Client,
) -> None:
    kept = client.post(
        "/v1/answer", json={"query": "日包"}, headers={"X-Trace-Id": "call-2026-0001"}
    )
    assert kept.headers["x-trace-id"] == kept.json()["trace_id"] == "call-2026-0001"
    for odd in ("short", "x" * 65, "has space in it", "<script>alert"):
        given = client.get("/livez", headers={"X-Trace-Id": odd}).headers["x-trace-id"]
        assert len(given) == 32
        assert given != odd


def test_openapi_is_served_with_examples_and_chinese_descriptions(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        *("/v1/search", "/v1/answer", "/v1/suggest", "/v1/follow", "/v1/help/{screen}"),
        *("/v1/items/{item_id}", "/v1/labels", "/v1/push/render", "/livez", "/readyz", "/metrics"),
    }
    assert described["components"]["schemas"]["AnswerBody"]["examples"]
    search = described["paths"]["/v1/search"]["get"]
    assert search["summary"] == "检索"
    question = next(one for one in search["parameters"] if one["name"] == "q")
    assert question["schema"]["examples"]
    assert "application/problem+json" in search["responses"]["422"]["content"]


@pytest.mark.parametrize("path", ["/", "/docs", "/static/app.js", "/static/style.css"])
def test_pages_are_served_under_a_strict_content_policy(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-cache"
    assert "http://" not in response.text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in response.text
