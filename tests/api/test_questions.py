from __future__ import annotations

from typing import Any

import httpx
import pytest

from api import responses

ANSWER_KEYS = {
    *(
        "query",
        "outcome",
        "answered",
        "confidence",
        "reason",
        "text",
        "agent_text",
        "facet",
        "item",
        "citations",
    ),
    *("facts", "tips", "actions", "push", "related", "conflicts", "more", "clarify", "handover"),
    *("notes", "nearest", "degraded", "trace_id", "took_ms"),
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
    assert set(answer) - {"fit"} == ANSWER_KEYS
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


def test_what_only_staff_may_know_stands_apart_from_the_words_for_the_customer(
    client: httpx.Client,
) -> None:
    staff = ask(client, "产品变更操作（CPBG）怎么做")
    assert staff["item"]["id"] == "screen-cpbg"
    assert staff["agent_text"] == "进入CPBG，录入号码。\n进入CPBG\n录入号码"
    assert staff["text"] == ""
    customer = ask(client, "产品变更操作（CPBG）怎么做", filters={"audience": "customer"})
    assert "录入号码" not in str(customer)


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
        "contacts": [{"at": "2026-02-01T09:30", "channel": "sms", "response": "declined"}],
        "complaints": 1,
        "do_not_disturb": False,
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


def test_what_is_known_of_the_customer_decides_what_is_offered_and_staff_see_why(
    client: httpx.Client,
) -> None:
    plain = ask(client, "日包多少钱", context={"customer": {}})
    assert "fit" not in plain
    known = {"tariff_sensitive": True, "complaints": 3, "device": ["5g"]}
    answer = ask(client, "日包多少钱", context={"customer": known})
    assert set(answer["fit"]) == {"reasons", "withheld", "remarks"}
    first = answer["fit"]["remarks"][0]
    assert (first["code"], first["level"]) == ("many_complaints", "red")
    assert answer["text"] == plain["text"]
    to_customer = ask(client, "日包多少钱", context={"customer": known, "audience": "customer"})
    assert "fit" not in to_customer


@pytest.mark.parametrize(
    ("customer", "named"),
    [
        ({"scores": {"churn": "高"}}, "scores.churn"),
        ({"scores": {"churn": 120}}, "120"),
        ({"scores": {"churn": {"value": 1, "of": 5}}}, "scores.churn.of"),
        ({"contacts": ["昨天来电"]}, "contacts.0"),
        ({"contacts": [{"at": "昨天"}]}, "contacts"),
        ({"contacts": [{"at": "2026-02-01", "response": "maybe"}]}, "response"),
        ({"complaints": -1}, "complaints"),
        ({"base_station": "460-00"}, "base_station"),
        ({"tags": ["常驻基站460-00"]}, "行踪"),
    ],
)
def test_what_cannot_be_used_of_a_customer_is_refused_by_name(
    client: httpx.Client, customer: dict[str, Any], named: str
) -> None:
    body = {"query": "日包多少钱", "context": {"customer": customer}}
    response = client.post("/v1/answer", json=body)
    assert response.status_code == 422
    assert named in response.text


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


def test_a_question_that_an_editor_wrote_is_answered_word_for_word(client: httpx.Client) -> None:
    for question in ("日包多少钱", "日包多少钱？"):
        found = ask(client, question)
        assert (found["outcome"], found["item"]["id"]) == ("answered", "pack-day5")
