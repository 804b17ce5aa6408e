from __future__ import annotations

import httpx
import pytest

from api import responses
from api.reply_parts import Card, MissingCard


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


def test_a_facet_says_how_it_is_asked_for_to_those_who_may_read_it(client: httpx.Client) -> None:
    seen = {}
    for audience in ("customer", "agent"):
        whole = client.get("/v1/items/pack-day5", params={"audience": audience}).json()
        seen[audience] = {facet["kind"]: facet["questions"] for facet in whole["facets"]}
    opening = ["日包要发啥短信", "日包回复Y才算开吗"]
    assert seen["customer"] == {"price": [], "open": opening}
    assert seen["agent"] == {**seen["customer"], "rules": ["开日包前先给客户核对什么"]}
    card = client.get("/v1/follow", params={"codes": "30010002"}).json()["cards"][0]
    assert [facet["questions"] for facet in card["facets"] if facet["kind"] == "open"] == [opening]


@pytest.mark.parametrize(
    ("audience", "relations"),
    [
        ("customer", []),
        ("agent", [("tip", "tip-no-refund"), ("sibling", "pack-month10")]),
        ("internal", [("tip", "tip-no-refund"), ("sibling", "pack-month10")]),
    ],
)
def test_what_an_item_points_to_is_listed_for_staff(
    client: httpx.Client, audience: str, relations: list[tuple[str, str]]
) -> None:
    whole = client.get("/v1/items/pack-day5", params={"audience": audience}).json()
    assert [(entry["kind"], entry["target"]) for entry in whole["relations"]] == relations
    assert (whole["variant_of"], whole["must_say"]) == (None, False)


def test_a_warning_says_that_it_must_be_said(client: httpx.Client) -> None:
    assert client.get("/v1/items/tip-no-refund").json()["must_say"] is True


def test_a_message_is_rendered_from_the_item(client: httpx.Client) -> None:
    body = {"template_id": "tpl-day-enquiry", "channel": "sms", "item_id": "pack-day5"}
    response = client.post("/v1/push/render", json=body)
    message = response.json()
    assert set(message) == {
        *("template_id", "channel", "text", "encoding", "characters", "segments", "signature"),
        *("unsubscribe", "bytes", "missing", "warnings", "item_versions", "wire"),
        *("template_version", "approved"),
    }
    assert (message["template_version"], message["approved"]) == (1, True)
    assert "一次性收费5元" in message["text"]
    (piece,) = message["wire"]
    assert bytes.fromhex(piece["header"] + piece["body"]).decode("utf-16-be") == message["text"]
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
    assert not ready.constants.adapted  # the shipped adapter learned other items


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
        *("/v1/calculate", "/v1/tokens", "/v1/session"),
        *("/v1/feedback", "/v1/acknowledgements", "/v1/changes", "/v1/catalogue"),
        *("/v1/desk", "/v1/desk/lookups", "/v1/desk/favourites/{item_id}"),
        *("/v1/assist/{contact}/lines", "/v1/assist/{contact}/events"),
        *(
            f"/v1/push/{name}"
            for name in (
                *(
                    "messages",
                    "batches",
                    "events",
                    "plan",
                    "messages/{message_id}",
                    "outbox",
                    "effect",
                ),
                *("messages/{message_id}/decision", "lookups", "receipts", "replies"),
                *("consents", "refusals", "calls", "orders"),
            )
        ),
    }
    assert described["components"]["schemas"]["AnswerBody"]["examples"]
    search = described["paths"]["/v1/search"]["get"]
    assert search["summary"] == "检索"
    question = next(one for one in search["parameters"] if one["name"] == "q")
    assert question["schema"]["examples"]
    assert "application/problem+json" in search["responses"]["422"]["content"]


@pytest.mark.parametrize(
    "path", ["/", "/assist", "/demo/boss", "/docs", "/static/zhiku.js", "/static/style.css"]
)
def test_pages_are_served_under_a_strict_content_policy(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-cache"
    assert "http://" not in response.text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in response.text
