from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import pickle
from typing import Any

import pytest

from api import reply_parts, responses, schemas
from api.answer_example import ANSWERED
from api.calculation import CalculateReply
from api.client import (
    Accepted,
    Answer,
    Batch,
    CustomerEvent,
    Message,
    Offer,
    Order,
    Recipient,
    answers,
    desk,
    knowledge,
    pushes,
    sent,
)
from api.client.shapes import Misshapen, Shape, shaped
from api.desk import answers as desk_replies
from api.explain_parts import ExplainedHitView
from api.push import answers as push_replies
from api.push import bodies

REPLIES: list[tuple[type[Shape], Any]] = [
    (answers.Action, reply_parts.ActionView),
    (answers.Answer, responses.AnswerReply),
    (answers.Citation, reply_parts.CitationView),
    (answers.Clarify, reply_parts.ClarifyView),
    (answers.Code, reply_parts.CodeView),
    (answers.Conflict, reply_parts.ConflictView),
    (answers.Fact, reply_parts.FactView),
    (answers.Handover, reply_parts.HandoverView),
    (answers.ItemHead, reply_parts.ItemHead),
    (answers.Nearest, reply_parts.NearestView),
    (answers.Note, reply_parts.NoteView),
    (answers.Option, reply_parts.OptionView),
    (answers.Preview, reply_parts.PreviewView),
    (answers.Related, reply_parts.RelatedView),
    (answers.Tip, reply_parts.TipView),
    (desk.Acknowledgement, desk_replies.AcknowledgementView),
    (desk.AcknowledgementPage, desk_replies.AcknowledgementList),
    (desk.AcknowledgementTaken, desk_replies.AcknowledgementTaken),
    (desk.Catalogue, desk_replies.CatalogueReply),
    (desk.CatalogueItem, desk_replies.CatalogueItem),
    (desk.Change, desk_replies.ChangeView),
    (desk.Changes, desk_replies.ChangesReply),
    (desk.Count, desk_replies.CountView),
    (desk.CuratedLookup, desk_replies.CuratedView),
    (desk.Desk, desk_replies.DeskReply),
    (desk.Favourite, desk_replies.FavouriteView),
    (desk.Feedback, desk_replies.FeedbackView),
    (desk.FeedbackPage, desk_replies.FeedbackList),
    (desk.FeedbackTaken, desk_replies.FeedbackTaken),
    (desk.HallLookup, desk_replies.HallLookupView),
    (desk.OwnLookup, desk_replies.OwnLookupView),
    (desk.Warned, desk_replies.WarnedView),
    (knowledge.Calculation, CalculateReply),
    (knowledge.Card, reply_parts.Card),
    (knowledge.Cards, responses.FollowReply),
    (knowledge.Facet, reply_parts.FacetView),
    (knowledge.Help, responses.HelpReply),
    (knowledge.HelpItem, reply_parts.HelpItem),
    (knowledge.Hit, ExplainedHitView),
    (knowledge.Item, responses.ItemReply),
    (knowledge.Ready, responses.ReadyReply),
    (knowledge.SearchPage, responses.SearchReply),
    (knowledge.Snippet, reply_parts.SnippetView),
    (knowledge.Suggestion, reply_parts.SuggestionView),
    (knowledge.Suggestions, responses.SuggestReply),
    (pushes.Accepted, push_replies.AcceptedView),
    (pushes.Against, push_replies.AgainstView),
    (pushes.Batch, push_replies.BatchReply),
    (pushes.BatchResult, push_replies.ResultView),
    (pushes.Decline, push_replies.DeclineView),
    (pushes.Effect, push_replies.EffectReply),
    (pushes.Event, push_replies.EventView),
    (pushes.History, push_replies.HistoryReply),
    (pushes.Outbox, push_replies.OutboxReply),
    (pushes.Outcome, push_replies.EffectView),
    (pushes.Plan, push_replies.PlanReply),
    (pushes.Reason, push_replies.ReasonView),
    (pushes.Record, push_replies.RecordReply),
    (pushes.Rendered, responses.PushReply),
    (pushes.Step, push_replies.StepView),
    (pushes.Wish, push_replies.WishView),
]
REQUESTS: list[tuple[Any, Any]] = [
    (sent.Context, schemas.ContextBody),
    (sent.Customer, schemas.CustomerBody),
    (sent.Scope, schemas.Scope),
    (CustomerEvent, bodies.EventBody),
    (Message, bodies.KeyedMessage),
    (Offer, bodies.OfferBody),
    (Order, bodies.OrderBody),
    (Recipient, bodies.PlannedBody),
]
STORED = {"message_id": "m1", "state": "queued", "at": "2026-03-02T04:00:00Z", "repeated": False}


@pytest.mark.parametrize(("shape", "view"), REPLIES, ids=lambda one: one.__name__)
def test_every_key_that_a_shape_reads_is_one_that_the_service_gives(
    shape: type[Shape], view: Any
) -> None:
    given = {field.alias or name: field for name, field in view.model_fields.items()}
    for field in dataclasses.fields(shape):
        if field.name != "raw":
            key = field.metadata.get("key", field.name)
            assert key in given, key
            must = field.default is dataclasses.MISSING
            assert given[key].is_required() or not must, f"{key} may be left out"


def test_every_shape_is_held_against_the_service() -> None:
    shapes = {
        one
        for module in (answers, desk, knowledge, pushes)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Shape) and one is not Shape
    }
    assert shapes == {shape for shape, _ in REPLIES} | {pushes.Refusal}


@pytest.mark.parametrize(("said", "body"), REQUESTS, ids=lambda one: one.__name__)
def test_what_is_sent_has_the_keys_that_the_service_takes(said: Any, body: Any) -> None:
    keyed = {"idempotency_key"} if said is CustomerEvent else set()
    assert set(said.__annotations__) <= set(body.model_fields) | keyed
    own = getattr(said, "__dataclass_fields__", said.__annotations__)
    assert set(own) - keyed == set(body.model_fields)


def test_an_answer_is_read_whole() -> None:
    answer = shaped(Answer)(ANSWERED)
    assert answer.item is not None
    assert answer.item.effective_to == dt.date(2026, 12, 31)
    assert answer.more[0].text == ANSWERED["more"][0]["text"]
    assert answer.notes[0].sources == tuple(ANSWERED["notes"][0]["from"])
    assert answer.citations[0].span == (0, len(answer.text))
    assert answer.raw is ANSWERED


def test_new_keys_are_kept_and_do_no_harm() -> None:
    found = shaped(Accepted)({**STORED, "position": 7})
    assert found == shaped(Accepted)(STORED)
    assert found.raw["position"] == 7
    assert "position" not in repr(found)
    assert found.at == dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)


def test_a_new_state_is_a_text_like_any_other() -> None:
    assert shaped(Accepted)({**STORED, "state": "resting"}).state == "resting"


def test_results_cannot_be_changed() -> None:
    found = shaped(Accepted)(STORED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.state = "sent"  # type: ignore[misc]
    assert not hasattr(found, "__dict__")
    assert copy.deepcopy(found) == pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"at": None}, "Accepted.at"),
        ({"at": 5}, "Accepted.at"),
        ({"at": "tomorrow"}, "Accepted.at"),
        ({"repeated": 1}, "Accepted.repeated"),
        ({"message_id": None}, "Accepted.message_id"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(Misshapen, match=where):
        shaped(Accepted)({**STORED, **changes})


def test_a_place_within_a_list_is_named() -> None:
    result = {"idempotency_key": "k", "accepted": {**STORED, "at": 1}}
    with pytest.raises(Misshapen, match=r"Batch\.results\[0\]\.accepted\.at"):
        shaped(Batch)({"accepted": 1, "refused": 0, "results": [result]})
    with pytest.raises(Misshapen, match=r"没有 results"):
        shaped(Batch)({"accepted": 1, "refused": 0})
    with pytest.raises(Misshapen, match=r"Batch\.accepted 不是 整数"):
        shaped(Batch)({"accepted": True, "refused": 0, "results": []})
    with pytest.raises(Misshapen, match=r"Batch\.results 应为列表"):
        shaped(Batch)({"accepted": 1, "refused": 0, "results": {}})


def test_a_whole_number_is_read_where_any_number_may_stand() -> None:
    nearest = {"item_id": "x", "title": "", "sub_library": "tips", "score": 1}
    score = shaped(answers.Nearest)(nearest).score
    assert (score, type(score)) == (1.0, float)


def test_a_result_of_a_batch_is_accepted_or_refused() -> None:
    declines = [{"code": "quiet_hours", "reason": "夜里不发", "allowed_from": STORED["at"]}]
    refused = {"idempotency_key": "k", "code": "quiet_hours", "detail": "夜里不发"}
    one = shaped(pushes.BatchResult)({**refused, "accepted": None, "declines": declines})
    assert one.refusal is not None
    assert one.refusal.declines[0].allowed_from == dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)
    assert shaped(pushes.BatchResult)({"idempotency_key": "k", "accepted": STORED}).refusal is None
