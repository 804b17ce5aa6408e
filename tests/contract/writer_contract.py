"""What every writer promises (``indexer.backends.protocol.IndexWriter``), as tests to inherit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from corpora.types import SubLibrary
from indexer.backends.protocol import IndexWriter, StagedContent
from indexer.errors import IndexBusy, IndexingError, IndexMismatch, IndexMissing
from retriever.backends.protocol import Searcher
from retriever.retriever import Retriever
from tests.builders import make_content, make_filter, make_held, make_item, make_release
from tests.encoders import HashEncoder

Opened = Callable[[], Searcher]
Busy = Callable[[], AbstractContextManager[object]]


def content_of(*titles: str, day: int = 1) -> StagedContent:
    items = (make_item(f"i-{n}", title) for n, title in enumerate(titles))
    return make_content(make_release(*items), created_at=f"2026-03-{day:02d}T09:30:00")


def titles_in(searcher: Searcher) -> list[str]:
    return [line.text for line in searcher.suggestions()]


class OtherEncoder(HashEncoder):
    fingerprint = "another"


class WriterContract:
    """A subclass provides ``writer``; ``opened``, which opens what was published at the same place;
    and ``busy``: while its block runs, another process writes there.
    """

    @pytest.fixture
    def writer(self) -> IndexWriter:
        raise NotImplementedError("the subclass makes a writer at an empty place")

    @pytest.fixture
    def opened(self) -> Opened:
        raise NotImplementedError("the subclass opens what the writer published")

    @pytest.fixture
    def busy(self) -> Busy:
        raise NotImplementedError("the subclass starts another process that writes")

    def test_before_the_first_publication_there_is_nothing_to_open(
        self, writer: IndexWriter, opened: Opened
    ) -> None:
        assert writer.current() is None
        with pytest.raises(IndexMissing, match="zhiku index build"):
            opened()

    def test_a_staged_version_is_invisible_until_it_is_published(
        self, writer: IndexWriter, opened: Opened
    ) -> None:
        first = writer.stage(content_of("旧标题"))
        assert writer.current() is None
        with pytest.raises(IndexMissing):
            opened()
        assert writer.publish(first).version == first
        second = writer.stage(content_of("新标题", day=2))
        assert writer.current() == first
        assert titles_in(opened()) == ["旧标题"]
        writer.publish(second)
        assert writer.current() == second
        assert titles_in(opened()) == ["新标题"]

    def test_an_open_searcher_keeps_its_version_when_another_is_published(
        self, writer: IndexWriter, opened: Opened
    ) -> None:
        writer.publish(writer.stage(content_of("旧标题")))
        before = opened()
        writer.publish(writer.stage(content_of("新标题", day=2)))
        found = before.lexical(["标题"], make_filter(), 5)
        assert before.fetch([found[0].passage_id])[0].text == "旧标题"

    def test_publishing_tells_what_the_version_holds(self, writer: IndexWriter) -> None:
        items = [
            make_item("a"),
            make_item("b", "提醒", SubLibrary.TIPS),
            make_item("c", "提醒二", SubLibrary.TIPS),
        ]
        content = make_content(make_release(make_held(items[0], 7), *items[1:]))
        manifest = writer.publish(writer.stage(content))
        assert manifest.items == 3
        assert manifest.passages == len(content.passages)
        assert manifest.encoder_fingerprint == HashEncoder.fingerprint
        assert [(p.library, p.items) for p in manifest.partitions] == [
            ("business", 1),
            ("tips", 2),
        ]
        rows = 0
        for partition in manifest.partitions:
            assert partition.first_row == rows
            rows += partition.rows
        assert rows == manifest.passages

    def test_the_same_content_staged_twice_is_one_version(self, writer: IndexWriter) -> None:
        first = writer.stage(content_of("甲", "乙"))
        assert writer.stage(content_of("甲", "乙")) == first
        assert writer.publish(first).items == 2
        assert writer.stage(content_of("甲", "乙")) == first
        assert writer.current() == first

    def test_other_content_is_another_version(self, writer: IndexWriter) -> None:
        versions = {
            writer.stage(content_of("甲", "乙")),
            writer.stage(content_of("甲", "丙")),
            writer.stage(content_of("甲")),
            writer.stage(content_of()),
        }
        assert len(versions) == 4

    def test_a_later_version_sorts_after_an_earlier_one(self, writer: IndexWriter) -> None:
        versions = [writer.stage(content_of("甲", day=day)) for day in (1, 2, 11)]
        assert versions == sorted(versions)

    def test_a_discarded_version_cannot_be_published(
        self, writer: IndexWriter, opened: Opened
    ) -> None:
        current = writer.stage(content_of("甲"))
        writer.publish(current)
        staged = writer.stage(content_of("乙", day=2))
        writer.discard(staged)
        with pytest.raises(IndexingError):
            writer.publish(staged)
        assert writer.current() == current
        assert titles_in(opened()) == ["甲"]
        assert writer.publish(writer.stage(content_of("乙", day=2))).version == staged

    def test_the_current_version_is_never_discarded(
        self, writer: IndexWriter, opened: Opened
    ) -> None:
        current = writer.stage(content_of("甲"))
        writer.publish(current)
        writer.discard(current)
        assert writer.current() == current
        assert titles_in(opened()) == ["甲"]

    def test_discarding_what_is_not_there_does_nothing(
        self, writer: IndexWriter, opened: Opened
    ) -> None:
        writer.publish(writer.stage(content_of("甲")))
        writer.discard("20260101T000000-0000000000")
        assert titles_in(opened()) == ["甲"]

    @pytest.mark.parametrize("name", ["", ".", "..", "../..", "a/b", "20260101T000000-00000"])
    def test_a_name_that_is_no_version_publishes_and_removes_nothing(
        self, writer: IndexWriter, opened: Opened, name: str
    ) -> None:
        writer.publish(writer.stage(content_of("甲")))
        with pytest.raises(IndexingError):
            writer.publish(name)
        if not name.startswith("2"):
            with pytest.raises(IndexingError):
                writer.discard(name)
        assert titles_in(opened()) == ["甲"]

    def test_an_older_version_can_be_published_again(
        self, writer: IndexWriter, opened: Opened
    ) -> None:
        old, new = writer.stage(content_of("甲")), writer.stage(content_of("乙", day=2))
        writer.publish(new)
        writer.publish(old)
        assert writer.current() == old
        assert titles_in(opened()) == ["甲"]

    def test_only_one_writer_at_a_time(
        self, writer: IndexWriter, opened: Opened, busy: Busy
    ) -> None:
        version = writer.stage(content_of("甲"))
        with busy():
            for act in (
                lambda: writer.stage(content_of("乙")),
                lambda: writer.publish(version),
                lambda: writer.discard(version),
            ):
                with pytest.raises(IndexBusy):
                    act()
        writer.publish(version)
        with busy():
            assert titles_in(opened()) == ["甲"]

    def test_a_reader_with_another_encoder_is_told_to_rebuild(
        self, writer: IndexWriter, opened: Opened
    ) -> None:
        writer.publish(writer.stage(content_of("甲")))
        Retriever(opened(), HashEncoder())
        with pytest.raises(IndexMismatch, match="zhiku index build"):
            Retriever(opened(), OtherEncoder())

    def test_content_that_does_not_fit_together_is_refused(self) -> None:
        whole = content_of("甲", "乙")
        twice = make_release(make_item("甲".encode().hex()), make_item("甲".encode().hex()))
        with pytest.raises(ValueError, match="same id"):
            make_content(twice)
        with pytest.raises(ValueError, match="differ in number"):
            StagedContent(
                whole.release,
                whole.passages[1:],
                whole.terms,
                whole.vectors,
                *("hash:", "x", "y", "z"),
            )
