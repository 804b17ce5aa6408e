from __future__ import annotations

import datetime as dt

import pytest

from corpora.store import State, Store, StoreError, UnknownItem
from corpora.types import FieldError
from tests.store.builders import NOW, Parts, day, held, make_item, make_items, publish, told


def retire(store: Store, from_date: str, item_id: str = "broadband-move") -> int:
    retired = store.retire(item_id, from_date=day(from_date), author="王工", recorded_at=NOW)
    return retired.version


def test_a_new_store_is_empty_until_something_is_imported(store: Store) -> None:
    assert store.is_empty()
    publish(store, make_item())
    assert not store.is_empty()


def test_an_item_comes_back_equal_with_who_wrote_it_and_when(store: Store) -> None:
    item = make_item(effective_from="2026-01-01", effective_to="2026-12-31")
    publish(store, item)
    (version,) = store.versions(item.id)
    assert version.item == item
    assert (version.version, version.state) == (1, State.PUBLISHED)
    assert (version.effective_from, version.effective_to) == (day("2026-01-01"), day("2026-12-31"))
    assert (version.author, version.recorded_at) == ("李工", NOW)
    assert version.recorded_at.utcoffset() == dt.timedelta(0)
    assert len(version.digest) == 64


def test_the_same_import_again_adds_nothing(store: Store) -> None:
    assert publish(store, make_item()).new == ("broadband-move",)
    again = publish(store, make_item())
    assert again.unchanged == ("broadband-move",)
    assert again.new == again.changed == again.retired == ()
    assert told(store) == [(1, "published", "宽带移机")]


def test_a_changed_item_is_a_new_version_and_the_old_one_stays(store: Store) -> None:
    publish(store, make_item(title="宽带移机"))
    assert publish(store, make_item(title="宽带搬家")).changed == ("broadband-move",)
    assert told(store) == [(1, "published", "宽带移机"), (2, "published", "宽带搬家")]
    assert held(store) == [("broadband-move@2", "…", "…")]


def test_a_version_that_starts_later_leaves_the_days_before_to_the_older_one(store: Store) -> None:
    publish(store, make_item(title="老资费"))
    publish(store, make_item(title="新资费", effective_from="2026-07-01"))
    assert held(store) == [
        ("broadband-move@1", "…", "2026-06-30"),
        ("broadband-move@2", "2026-07-01", "…"),
    ]
    assert [v.item.title for v in store.valid_on(day("2026-06-30"))] == ["老资费"]
    assert [v.item.title for v in store.valid_on(day("2026-07-01"))] == ["新资费"]


def test_a_temporary_version_gives_the_usual_one_back_afterwards(store: Store) -> None:
    publish(store, make_item())
    publish(store, make_item(effective_from="2026-02-10", effective_to="2026-02-20"))
    assert held(store) == [
        ("broadband-move@1", "…", "2026-02-09"),
        ("broadband-move@2", "2026-02-10", "2026-02-20"),
        ("broadband-move@1", "2026-02-21", "…"),
    ]


def test_a_draft_is_stored_and_never_held(store: Store) -> None:
    publish(store, make_item())
    publish(store, make_item(title="宽带移机（拟）"), state=State.DRAFT)
    assert told(store)[-1] == (2, "draft", "宽带移机（拟）")
    assert held(store) == [("broadband-move@1", "…", "…")]


def test_a_draft_that_is_imported_as_published_becomes_a_new_version(store: Store) -> None:
    publish(store, make_item(), state=State.DRAFT)
    assert publish(store, make_item()).changed == ("broadband-move",)
    assert [state for _, state, _ in told(store)] == ["draft", "published"]


def test_a_draft_of_what_is_already_published_adds_nothing(store: Store) -> None:
    publish(store, make_item())
    assert publish(store, make_item(), state=State.DRAFT).unchanged == ("broadband-move",)


def test_a_retired_item_holds_until_the_day_before(store: Store) -> None:
    publish(store, make_item())
    assert retire(store, "2026-05-01") == 2
    assert held(store) == [("broadband-move@1", "…", "2026-04-30")]
    assert store.valid_on(day("2026-05-01")) == []
    assert told(store) == [(1, "published", "宽带移机"), (2, "retired", "宽带移机")]


def test_a_retired_item_that_is_imported_again_is_published_again(store: Store) -> None:
    publish(store, make_item())
    retire(store, "2026-05-01")
    assert publish(store, make_item()).changed == ("broadband-move",)
    assert held(store) == [("broadband-move@3", "…", "…")]


def test_retiring_twice_from_the_same_day_adds_one_version(store: Store) -> None:
    publish(store, make_item())
    assert retire(store, "2026-05-01") == retire(store, "2026-05-01") == 2


def test_a_retirement_can_be_brought_forward_and_not_put_off(store: Store) -> None:
    publish(store, make_item())
    retire(store, "2026-05-01")
    assert retire(store, "2026-04-01") == 3
    assert held(store) == [("broadband-move@1", "…", "2026-03-31")]
    with pytest.raises(StoreError, match="先重新导入这个条目"):
        retire(store, "2026-06-01")


def test_an_unknown_item_has_no_versions_and_cannot_be_retired(store: Store) -> None:
    assert store.versions("nobody") == []
    with pytest.raises(UnknownItem, match="nobody"):
        retire(store, "2026-05-01", "nobody")


def test_what_is_missing_stays_unless_its_retirement_is_asked_for(store: Store) -> None:
    publish(store, make_item("a"), make_item("b"))
    assert publish(store, make_item("a")).retired == ()
    report = store.import_knowledge(
        Parts([make_item("a")]), author="李工", recorded_at=NOW, retire_missing=True
    )
    assert (report.unchanged, report.retired) == (("a",), ("b",))
    assert held(store) == [("a@1", "…", "…"), ("b@1", "…", "2026-02-28")]


def test_missing_items_are_retired_once_and_pending_drafts_are_left_alone(store: Store) -> None:
    publish(store, make_item("gone"))
    publish(store, make_item("gone", title="改稿"), state=State.DRAFT)
    publish(store, make_item("pending"), state=State.DRAFT)
    reports = [
        store.import_knowledge(Parts(), author="李工", recorded_at=NOW, retire_missing=True)
        for _ in range(2)
    ]
    assert [report.retired for report in reports] == [("gone",), ()]
    assert [state for _, state, _ in told(store, "gone")] == ["published", "draft", "retired"]
    assert [state for _, state, _ in told(store, "pending")] == ["draft"]


def test_missing_items_are_retired_from_the_day_that_it_is_where_the_import_runs(
    store: Store,
) -> None:
    publish(store, make_item())
    early = dt.datetime(2026, 3, 1, 1, 0, tzinfo=NOW.tzinfo)  # still 28 February in UTC
    store.import_knowledge(Parts(), author="李工", recorded_at=early, retire_missing=True)
    assert store.versions("broadband-move")[-1].effective_from == day("2026-03-01")


def test_a_dry_run_reports_the_same_and_writes_nothing(store: Store) -> None:
    publish(store, make_item("a"), make_item("b"), make_item("c"))
    parts = Parts([make_item("a"), make_item("b", title="新"), make_item("d")])

    def run(*, dry_run: bool) -> object:
        return store.import_knowledge(
            parts, author="李工", recorded_at=NOW, dry_run=dry_run, retire_missing=True
        ).groups

    assert run(dry_run=True) == run(dry_run=True)
    assert held(store) == [("a@1", "…", "…"), ("b@1", "…", "…"), ("c@1", "…", "…")]
    dry = run(dry_run=True)
    assert dry == run(dry_run=False)
    assert dry != run(dry_run=True)


@pytest.mark.parametrize("distance", [1, 700])
def test_an_item_that_occurs_twice_stops_the_import_and_nothing_is_written(
    store: Store, distance: int
) -> None:
    items = make_items(distance)
    with pytest.raises(FieldError, match="plan-00000"):
        publish(store, *items, items[0])
    assert store.is_empty()


def test_a_source_that_breaks_in_the_middle_leaves_the_store_as_it_was(store: Store) -> None:
    publish(store, make_item())

    def broken() -> object:
        yield from make_items(1200)
        raise RuntimeError("文件读到一半")

    with pytest.raises(RuntimeError):
        store.import_knowledge(Parts(broken()), author="李工", recorded_at=NOW)  # type: ignore[arg-type]
    assert held(store) == [("broadband-move@1", "…", "…")]


def test_text_that_json_cannot_hold_names_its_item(store: Store) -> None:
    with pytest.raises(StoreError, match="broadband-move"):
        publish(store, make_item(title="\ud800"))


def test_many_items_keep_their_versions_apart(store: Store) -> None:
    publish(store, *make_items(1300))
    report = publish(store, *make_items(600, title="新套餐"), *make_items(1300)[600:])
    assert (len(report.changed), len(report.unchanged)) == (600, 700)
    held_now = store.held_versions()
    assert [v.item.id for v in held_now] == [item.id for item in make_items(1300)]
    assert [v.version for v in held_now] == [2] * 600 + [1] * 700


def test_versions_that_hold_can_be_walked_while_the_store_is_written(store: Store) -> None:
    publish(store, *make_items(1200))
    seen: list[int] = []
    for version in store.iterate_held_versions():
        if not seen:
            publish(store, make_item(version.item.id, title="边读边写"))
        seen.append(version.version)
    assert seen == [1] * 1200


@pytest.mark.parametrize(
    ("argument", "value"),
    [("author", " "), ("recorded_at", dt.datetime(2026, 3, 1)), ("state", State.RETIRED)],
)
def test_an_import_that_cannot_be_signed_or_told_is_refused(
    store: Store, argument: str, value: object
) -> None:
    arguments = {"author": "李工", "recorded_at": NOW, argument: value}
    with pytest.raises(FieldError, match=argument):
        store.import_knowledge(Parts(), **arguments)  # type: ignore[arg-type]


def test_a_draft_import_retires_nothing(store: Store) -> None:
    with pytest.raises(FieldError, match="retire_missing"):
        store.import_knowledge(
            Parts(), author="李工", recorded_at=NOW, state=State.DRAFT, retire_missing=True
        )
