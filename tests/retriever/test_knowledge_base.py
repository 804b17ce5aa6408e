from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.push_template import PushChannel
from corpora.types import Audience
from retriever.errors import NotFound
from retriever.kept import Kept
from retriever.knowledge_base import Current, KnowledgeBase
from tests.builders import TODAY, make_facet, make_filter, make_held, make_item
from tests.retriever.knowledge import make_base, make_template

PACK = make_item("pack", "流量月包")
HIDDEN = make_item("hidden", "内部名单", facets=[make_facet(audience=Audience.INTERNAL)])
SMS = PushChannel.SMS


class Watched(KnowledgeBase):
    """Counts how often it was closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1
        super().close()


def make_watched(root: Path) -> Watched:
    base = make_base(root, PACK)
    watched = Watched.__new__(Watched)
    watched.__dict__.update(base.__dict__)
    return watched


def test_a_message_is_made_from_what_customers_may_read(tmp_path: Path) -> None:
    base = make_base(tmp_path, PACK, HIDDEN, templates=[make_template()])
    message = base.render("tpl-a", SMS, {}, make_filter(), "pack")
    assert "您咨询的流量月包" in message.text
    with pytest.raises(NotFound, match="hidden"):
        base.render("tpl-a", SMS, {}, make_filter(audience=Audience.INTERNAL), "hidden")


def test_a_message_is_not_made_from_a_template_that_does_not_hold(tmp_path: Path) -> None:
    past = replace(make_template(), effective_to=TODAY)
    base = make_base(tmp_path, PACK, templates=[past])
    assert base.render("tpl-a", SMS, {}, make_filter(), "pack").text
    with pytest.raises(NotFound, match="不生效"):
        base.render("tpl-a", SMS, {}, make_filter(TODAY + dt.timedelta(days=1)), "pack")


def test_a_message_needs_a_template_of_its_channel_and_an_item_of_the_region(
    tmp_path: Path,
) -> None:
    local = make_item("local", "云都包", region="yj/yundu")
    base = make_base(tmp_path, PACK, local, templates=[make_template()])
    with pytest.raises(NotFound, match="nowhere"):
        base.render("nowhere", SMS, {}, make_filter())
    with pytest.raises(NotFound, match="mms"):
        base.render("tpl-a", PushChannel.MMS, {}, make_filter())
    with pytest.raises(NotFound, match="local"):
        base.render("tpl-a", SMS, {}, make_filter(region="yj/linhe"), "local")


def test_an_item_outside_the_filter_is_not_found(tmp_path: Path) -> None:
    past = make_held(make_item("past", "老套餐"), valid_to=TODAY - dt.timedelta(days=1))
    base = make_base(tmp_path, PACK, HIDDEN, past)
    for item_id in ("hidden", "past", "nowhere"):
        with pytest.raises(NotFound, match=item_id):
            base.item(item_id, make_filter())


def test_completions_leave_out_what_the_reader_may_not_see(tmp_path: Path) -> None:
    base = make_base(tmp_path, PACK, HIDDEN)
    assert [line["item_id"] for line in base.suggest("流量", make_filter())] == ["pack"]
    assert base.suggest("内部", make_filter()) == []
    assert base.suggest("内部", make_filter(audience=Audience.INTERNAL))


def test_one_version_answers_many_threads_alike(tmp_path: Path) -> None:
    base = make_base(tmp_path, PACK, make_item("move", "宽带移机"))

    def asked(n: int) -> tuple[str, str]:
        answer = base.answer(("流量月包", "宽带移机")[n % 2], make_filter())
        return answer.text, answer.held.item.id if answer.held else ""

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(asked, range(64)))
    assert set(found[::2]) == {found[0]}
    assert set(found[1::2]) == {found[1]}
    assert (found[0][1], found[1][1]) == ("pack", "move")


def test_an_old_version_closes_after_its_last_request(tmp_path: Path) -> None:
    old, new = make_watched(tmp_path / "old"), make_watched(tmp_path / "new")
    current = Current(old)
    with current.use() as held:
        current.swap(new)
        assert held is old
        assert old.closed == 0
        assert held.search("流量月包", make_filter()).hits
        with current.use() as after:
            assert after is new
    assert old.closed == 1
    assert new.closed == 0
    current.close()
    assert new.closed == 1


def test_closing_twice_waits_for_the_request_all_the_same(tmp_path: Path) -> None:
    base = make_watched(tmp_path)
    current = Current(base)
    with current.use() as held:
        current.close()
        current.close()
        assert base.closed == 0
        assert held.search("流量月包", make_filter()).hits
    assert base.closed == 1


def test_what_is_closed_says_so_and_takes_nothing_new(tmp_path: Path) -> None:
    current = Current(make_watched(tmp_path / "old"))
    current.close()
    with pytest.raises(RuntimeError, match="closed"), current.use():
        pass
    late = make_watched(tmp_path / "late")
    current.swap(late)
    assert late.closed == 1


def test_swapping_while_many_ask_closes_every_old_version_once(tmp_path: Path) -> None:
    bases = [make_watched(tmp_path / str(n)) for n in range(6)]
    current = Current(bases[0])
    stop = threading.Event()

    def ask() -> int:
        asked = 0
        while not stop.is_set() or asked == 0:
            with current.use() as base:
                assert base.search("流量月包", make_filter()).hits
                asked += 1
        return asked

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        for base in bases[1:]:
            current.swap(base)
        stop.set()
        assert all(future.result() for future in asking)
    assert [base.closed for base in bases] == [1, 1, 1, 1, 1, 0]
    current.close()


def test_what_is_kept_is_bounded_and_the_least_used_goes_first() -> None:
    kept: Kept[int] = Kept(2)
    assert [kept.get(key, lambda: 1) for key in "ab"] == [1, 1]
    assert kept.get("a", lambda: 2) == 1
    assert kept.get("c", lambda: 3) == 3
    assert kept.get("a", lambda: 4) == 1
    assert kept.get("b", lambda: 5) == 5
    kept.clear()
    assert kept.get("a", lambda: 6) == 6


def test_a_failed_value_is_not_kept() -> None:
    kept: Kept[float] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 / 0)
    assert kept.get("a", lambda: 1.0) == 1.0


def test_what_is_kept_stays_bounded_under_threads() -> None:
    kept: Kept[int] = Kept(8)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: kept.get(n % 32, lambda: n % 32), range(2000)))
    assert found == [n % 32 for n in range(2000)]
