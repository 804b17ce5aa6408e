"""A thousand hostile texts, typed and in every text of every reply: shown as they are, never obeyed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.serving import Server
from tests.browser.conftest import tab
from tests.browser.host import DAY_PACK
from tests.browser.hostile import ACTIVE, PIECES, TEXTS, hostile, said

pytestmark = pytest.mark.real
ROUNDS: Final = 36  # questions of a test; each asks for an answer, hits, suggestions and an item
# of these fields every text is somewhere on the card
ANSWER: Final = {
    "reason": "reason", "agent_text": "agent_text", "tips": "text", "notes": "text", "conflicts": "line",
    "actions": "label target", "related": "title", "nearest": "title", "push": "preview title",
    "handover": "where check record", "clarify": "question label", "item": "title owner",
}  # fmt: skip
HIT, ITEM, CARD, HELP = (
    frozenset(names)
    for names in ({"title"}, {"title", "customer", "official", "steps"}, {"short", "text", "target"}, {"customer", "official", "steps"})
)  # fmt: skip
# in place of the service: replies by path, in the order given; the last one goes on
INSTEAD: Final = """(replies) => {
  window.replies = replies;
  window.fetch = async (address) => {
    const url = new URL(address, location.href);
    const kind = url.pathname.split("/")[2];
    const told = window.replies[kind];
    if (!told) throw new Error(`no reply for ${url}`);
    let body = told.length > 1 ? told.shift() : told[0];
    if (kind === "follow") body = { cards: url.searchParams.get("codes").split(",").map((code) => ({ ...body, code })) };
    return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json", "Cache-Control": "max-age=60" } });
  };
  window.roots = () => [...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean);
  window.look = (where, place, texts) => {
    const told = [];
    for (const root of roots()) {
      for (const one of root.querySelectorAll(ACTIVE)) told.push(`${where}: <${one.localName}>`);
      for (const one of root.querySelectorAll("*")) for (const { name, value } of one.attributes)
        if (/^on|^style$|^srcdoc$|^src$/.test(name) && !(name === "style" && one.id === "card")) told.push(`${where}: ${name}=${value}`);
        else if (name === "href" && !/^https?:$/.test(one.protocol)) told.push(`${where}: ${value}`);
    }
    const shown = place.textContent;
    for (const text of texts) if (!shown.includes(text)) told.push(`${where}: not shown: ${JSON.stringify(text)}`);
    const wide = (one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "hidden";
    if (wide(document.documentElement)) told.push(`${where}: the page scrolls sideways`);
    if (wide(place)) told.push(`${where}: ${place.id} scrolls sideways, ${place.scrollWidth} > ${place.clientWidth}`);
    return told;
  };
  window.until = async (true_) => { for (let n = 0; n < 200 && !true_(); n += 1) await new Promise((go) => setTimeout(go, 10)); };
}""".replace("ACTIVE", repr(", ".join(ACTIVE)))
ASKING: Final = """async (rounds) => {
  const told = [];
  const search = document.querySelector("zhiku-search");
  const at = (id) => search.shadowRoot.getElementById(id);
  for (const { question, answer, hits, item, suggested } of rounds) {
    at("question").focus();
    at("question").value = question;
    at("question").dispatchEvent(new InputEvent("input"));
    if (question.trim()) {
      await until(() => !at("suggestions").hidden);
      told.push(...look("suggestions", at("suggestions"), suggested));
    }
    await search.ask(question, { remember: false });
    if (question.trim() && at("answer").hidden) told.push(`no answer: ${search.shadowRoot.querySelector(".trouble").textContent}`);
    told.push(...look("answer", at("answer"), answer), ...look("hits", at("hits"), hits));
    await search.open("pack-day5");
    told.push(...look("item", at("item"), item));
    at("item").close();
    if (at("question").value !== question.replace(/[\\n\\r]/g, "")) told.push(`the question became ${at("question").value}`);
  }
  return told;
}"""
FOLLOWING: Final = """async (rounds) => {
  const told = [];
  const follow = document.querySelector("zhiku-follow");
  const at = (id) => follow.shadowRoot.getElementById(id);
  for (const [place, { card, help }] of rounds.entries()) {
    const span = document.createElement("span");
    span.dataset.zhikuCode = `code${place}`;
    span.textContent = "产品";
    document.querySelector("h1").append(span);
    await until(() => span.tabIndex === 0);
    span.focus();
    await until(() => at("card").textContent.includes(`code${place} ·`));
    for (const one of at("card").querySelectorAll("details")) one.open = true;
    told.push(...look("card", at("card"), card));
    span.remove();
    await follow.help(document.querySelector("#order"));
    told.push(...look("help", at("help"), help));
    at("help").close();
  }
  return told;
}"""


@pytest.fixture
def away() -> list[str]:
    """Requests that left for another host, and dialogs that opened; there are none at the end."""
    return []


@pytest.fixture
def demo(
    chromium: Browser, server: Server, complaints: list[str], away: list[str]
) -> Iterator[Page]:
    with tab(chromium, complaints, base_url=server.url) as page:
        page.on(
            "request",
            lambda sent: (
                away.append(sent.url) if urlsplit(sent.url).hostname != "127.0.0.1" else None
            ),
        )
        page.on("dialog", lambda dialog: away.append(dialog.message))
        page.goto("/demo/boss")
        expect(page.locator('[data-zhiku-card="known"]').first).to_be_visible()
        yield page
        assert away == []
        assert page.evaluate("window.pwned") is None


@pytest.fixture
def examples(server: Server) -> dict[str, Any]:
    """Replies of the service, with one of everything in them."""
    with server.client() as client:
        answer = client.post("/v1/answer", json={"query": DAY_PACK}).json()
        clarify = client.post("/v1/answer", json={"query": "怎么取消"}).json()["clarify"]
        handover = client.post("/v1/answer", json={"query": "我被骗了怎么办"}).json()["handover"]
        card = client.get("/v1/follow", params={"codes": "30010002"}).json()["cards"][0]
        hits = client.get("/v1/search", params={"q": DAY_PACK, "k": 3}).json()
        suggestions = client.get("/v1/suggest", params={"q": "rb"}).json()["suggestions"]
        item = client.get("/v1/items/pack-day5").json()
        guide = client.get("/v1/help/CPBG").json()
        labels = client.get("/v1/labels").json()
    blank = {"name": "deadline", "label": "截止", "type": "TEXT", "max_length": 30, "example": "例"}
    open_message = answer["push"][0] | {"missing": ["deadline"], "blanks": [blank]}
    told = {"item_id": "a", "title": "b", "facet": "open", "field": "c", "says": "d", "other_says": "e", "line": "f"}  # fmt: skip
    other = {key: value for key, value in answer.items() if key != "more"}
    remark = {"kind": "x", "level": "warning", "text": "y", "fields": []}
    fit = {"remarks": [remark], "withheld": [{"title": "a", "template_id": "b", "text": "c"}], "reasons": [{"template_id": answer["push"][0]["template_id"], "text": "d"}]}  # fmt: skip
    whole = answer | {
        "agent_text": "口径",
        "conflicts": [told],
        "notes": [{"kind": "ends", "text": "停办", "item_id": "a", "sources": []}],
        "push": [*answer["push"], open_message],
        "tips": [*answer["tips"], {**answer["tips"][0], "must_say": False}],
        "handover": handover,
        "nearest": [{"item_id": "a", "title": "b", "sub_library": "business"}],
        "fit": fit,
        "degraded": ["vectors"],
    }
    return {
        "answers": [
            whole | {"more": [other | {"handover": handover}]},
            whole | {"clarify": clarify, "answered": False},
            whole | {"answered": False, "item": None, "fit": None},
        ],
        "search": hits,
        "suggest": {"suggestions": suggestions * 4},
        "items": item,
        "follow": card,
        "help": guide,
        "labels": labels,
    }


def endless(start: int) -> Iterator[str]:
    return itertools.islice(itertools.cycle(TEXTS), start, None)


@pytest.mark.parametrize(("codes", "width"), [(False, 1366), (True, 1366), (False, 360)])
def test_no_text_of_a_reply_is_more_than_a_text(
    demo: Page, examples: dict[str, Any], codes: bool, width: int
) -> None:
    demo.set_viewport_size({"width": width, "height": 768})
    texts = endless(0)
    replies: dict[str, list[Any]] = {
        kind: [
            hostile(examples["answers"][place % 3] if kind == "answer" else examples[kind], texts, codes=codes)
            for place in range(ROUNDS)
        ]
        for kind in ("answer", "search", "suggest", "follow", "help")
    }  # fmt: skip
    # a whole item is asked for twice a round: for its price, and to be opened
    replies["items"] = [hostile(examples["items"], texts, codes=codes)]
    replies["labels"] = [hostile(examples["labels"], texts, codes=codes)]
    rounds = [
        {
            "question": TEXTS[place * len(TEXTS) // ROUNDS],
            "answer": [
                text
                for field, names in ANSWER.items()
                for text in said(replies["answer"][place][field], frozenset(names.split()), field)
                if field != "nearest" or place % 3 == 2
            ],
            "hits": said(replies["search"][place], HIT),
            "item": said(replies["items"][0], ITEM),
            "suggested": said(replies["suggest"][place], frozenset({"text"})),
            "card": said(replies["follow"][place], CARD),
            "help": said(replies["help"][place], HELP),
        }
        for place in range(ROUNDS)
    ]
    demo.evaluate("document.querySelector('zhiku-search').setAttribute('hits', 3)")
    demo.evaluate(INSTEAD, replies)
    assert demo.evaluate(ASKING, rounds) == []
    assert demo.evaluate(FOLLOWING, rounds) == []


def test_a_thousand_questions_are_asked_as_they_are(demo: Page, examples: dict[str, Any]) -> None:
    plain = {"answer": [examples["answers"][0]], "labels": [examples["labels"]], "items": [examples["items"]]}  # fmt: skip
    demo.evaluate(INSTEAD, plain)
    asking = """async (questions) => {
      const asked = [];
      const search = document.querySelector("zhiku-search");
      const instead = window.fetch;
      window.fetch = (address, options) => {
        if (String(address).endsWith("/v1/answer")) asked.push(JSON.parse(options.body).query);
        return instead(address, options);
      };
      for (const question of questions) await search.ask(question);
      return { asked, told: look("answer", search.shadowRoot.getElementById("answer"), []) };
    }"""
    found = demo.evaluate(asking, TEXTS)
    assert found["asked"] == [text for text in TEXTS if text.strip()]
    assert found["told"] == []


def test_the_service_itself_is_asked_hostile_questions_by_keyboard_and_by_address(
    demo: Page, complaints: list[str]
) -> None:
    demo.goto("/")
    for text in PIECES:
        demo.fill("#question", text)
        demo.keyboard.press("Enter")
        done = demo.locator("#answer:not([aria-busy]), .trouble").locator("visible=true")
        expect(done.first).to_be_visible()
        assert demo.evaluate("document.documentElement.scrollWidth <= innerWidth"), text
    for text in PIECES[:4]:
        demo.goto(f"/?q={quote(text)}&region={quote(text)}")
        expect(demo.locator("#question")).to_have_value(text)
        expect(demo).to_have_title(f"{text} - 知库")
    assert all("422" in told for told in complaints), complaints
    complaints.clear()


def test_two_hundred_hostile_codes_are_codes_without_knowledge(demo: Page) -> None:
    codes = list(dict.fromkeys(text.replace(",", "")[:64].strip() for text in TEXTS))[:190]
    adding = """(codes) => document.querySelector("h1").append(...codes.map((code) => {
      const span = document.createElement("span");
      span.dataset.zhikuCode = code;
      return span;
    }))"""
    demo.evaluate(adding, codes)
    expect(demo.locator('h1 [data-zhiku-card="none"]')).to_have_count(len(codes))
