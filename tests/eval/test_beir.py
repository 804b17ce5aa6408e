"""BEIR folders: what is read, what is refused and how, and a small one from end to end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from eval.beir import asked, item_of, run_beir, scored
from eval.beir_set import BeirDocument, read_beir
from eval.errors import BeirError
from indexer.build import Step
from retriever.understand import MAX_CHARACTERS
from tests.encoders import HashEncoder

DOCUMENTS = [
    {"_id": "d1", "title": "亲情网", "text": "亲情网成员之间通话免费"},
    {"_id": "d2", "title": "", "text": "流量月包当月有效，可以结转一次"},
    {"_id": "d3", "title": "携号转网", "text": "发送CXXZ到10086查询资格", "metadata": {"a": 1}},
]
QUERIES = [{"_id": "q1", "text": "亲情网通话免费吗"}, {"_id": "q2", "text": "流量月包能不能结转"}]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n"


def lines(rows: Iterable[Any]) -> str:
    return "".join(
        (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n"
        for row in rows
    )


def make_folder(
    path: Path,
    documents: Iterable[Any] = DOCUMENTS,
    queries: Iterable[Any] = QUERIES,
    qrels: str | None = QRELS,
    dropped: str | None = None,
) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "corpus.jsonl").write_text(lines(documents), encoding="utf-8")
    (path / "queries.jsonl").write_text(lines(queries), encoding="utf-8")
    if qrels is not None:
        (path / "qrels.tsv").write_text(qrels, encoding="utf-8")
    if dropped is not None:
        (path / "self.tsv").write_text(dropped, encoding="utf-8")
    return path


def measured(folder: Path, place: Path) -> dict[str, Any]:
    beir = read_beir(folder)
    run = run_beir(beir, HashEncoder(), place, created_at="2026-11-01T00:00:00")
    return scored(beir, run)


def test_a_small_set_is_measured_from_end_to_end(tmp_path: Path) -> None:
    found = measured(make_folder(tmp_path / "set"), tmp_path / "work")

    assert (found["docs"], found["queries"], found["encoder"]) == (3, 2, HashEncoder.name)
    assert found["metrics"] == {
        "Success@1": 1.0,
        "R@1": 1.0,
        "R@3": 1.0,
        "R@5": 1.0,
        "RR@10": 1.0,
        "nDCG@10": 1.0,
    }
    assert found["intervals"].keys() == found["metrics"].keys()
    assert set(found["latency_ms"]) == {"p50", "p95", "p99"}
    assert found["build_seconds"] > 0


def test_judgements_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, qrels=None)
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")

    assert read_beir(folder).qrels == {"q1": {"d1": 1}, "q2": {"d2": 1}}


def test_judgements_without_a_header_lose_no_line(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, qrels="q1\td1\t1\nq2\td2\t0\n")

    assert read_beir(folder).qrels == {"q1": {"d1": 1}, "q2": {"d2": 0}}


def test_ids_may_be_numbers_or_any_words(tmp_path: Path) -> None:
    folder = make_folder(
        tmp_path / "set",
        [{"_id": 7, "text": "亲情网成员"}, {"_id": "条目 7/二#甲", "text": "流量月包当月有效"}],
        [{"_id": 1, "text": "亲情网"}, {"_id": 2, "text": "流量月包"}],
        "query-id\tcorpus-id\tscore\n1\t7\t1\n2\t条目 7/二#甲\t1\n",
    )

    assert measured(folder, tmp_path / "work")["metrics"]["Success@1"] == 1.0


def test_a_dropped_pair_never_takes_a_place(tmp_path: Path) -> None:
    documents = [{"_id": "self", "text": "亲情网通话免费吗"}, *DOCUMENTS]
    kept = make_folder(tmp_path / "a", documents)
    dropped = make_folder(tmp_path / "b", documents, dropped="q1\tself\n")

    assert measured(kept, tmp_path / "1")["metrics"]["RR@10"] == 0.75
    assert measured(dropped, tmp_path / "2")["metrics"]["RR@10"] == 1.0


def test_many_dropped_pairs_leave_ten_places_to_fill(tmp_path: Path) -> None:
    documents = [{"_id": f"s{n}", "text": f"亲情网通话免费吗{'啊' * n}"} for n in range(15)]
    folder = make_folder(
        tmp_path / "set",
        [*documents, *DOCUMENTS],
        dropped="".join(f"q1\ts{n}\n" for n in range(15)),
    )

    assert measured(folder, tmp_path / "work")["metrics"]["RR@10"] == 1.0


def test_unjudged_queries_are_ignored_and_missing_ones_are_misses(tmp_path: Path) -> None:
    folder = make_folder(
        tmp_path / "set",
        queries=[*QUERIES, {"_id": "q3", "text": "没有标注"}],
        qrels=QRELS + "gone\td1\t1\n",
    )

    found = measured(folder, tmp_path / "work")

    assert found["queries"] == 3
    assert found["metrics"]["Success@1"] == pytest.approx(2 / 3, abs=1e-6)
    assert len(found["notes"]) == 2


@pytest.mark.parametrize("text", ["", "  ", "？！", None, "\u200b"])
def test_a_query_without_words_is_a_miss(tmp_path: Path, text: str | None) -> None:
    folder = make_folder(tmp_path / "set", queries=[QUERIES[0], {"_id": "q2", "text": text}])

    assert measured(folder, tmp_path / "work")["metrics"]["Success@1"] == 0.5


def test_a_query_beyond_the_limit_is_cut_to_it(tmp_path: Path) -> None:
    long = "亲情网通话免费吗" + "  请问一下" * 400
    assert len(asked(long)) == MAX_CHARACTERS
    folder = make_folder(tmp_path / "set", queries=[{"_id": "q1", "text": long}])

    assert measured(folder, tmp_path / "work")["metrics"]["R@3"] >= 0.5


def test_equal_texts_are_documents_of_their_own(tmp_path: Path) -> None:
    twins = [{"_id": f"t{n}", "text": "亲情网成员之间通话免费"} for n in range(3)]
    folder = make_folder(
        tmp_path / "set",
        twins,
        QUERIES[:1],
        "query-id\tcorpus-id\tscore\nq1\tt0\t1\nq1\tt1\t1\nq1\tt2\t1\n",
    )

    assert measured(folder, tmp_path / "work")["metrics"]["R@3"] == 1.0


def test_a_very_long_text_is_found_by_its_end(tmp_path: Path) -> None:
    long = "".join(f"第{n}段说别的事情。" for n in range(9_000)) + "亲情网成员通话免费"
    assert len(long) > 80_000
    folder = make_folder(
        tmp_path / "set", [{"_id": "d1", "text": long}, *DOCUMENTS[1:]], QUERIES[:1]
    )

    assert measured(folder, tmp_path / "work")["metrics"]["R@3"] == 0.5  # q2 is judged, not asked


def test_documents_without_text_are_skipped_and_counted_among_the_docs(tmp_path: Path) -> None:
    empty = [{"_id": "e1", "text": ""}, {"_id": "e2", "title": None, "text": " \n"}, {"_id": "e3"}]
    folder = make_folder(tmp_path / "set", [*empty, *DOCUMENTS])

    found = measured(folder, tmp_path / "work")

    assert (found["docs"], found["indexed"]) == (6, 3)


def test_a_document_is_an_item_with_a_title_and_one_facet() -> None:
    item = item_of(BeirDocument("甲 1", "", "文" * 60))
    assert item is not None
    assert item.title == "文" * 40
    assert [facet.official for facet in item.facets] == ["文" * 60]
    titled = item_of(BeirDocument("甲 1", "标题", ""))
    assert titled is not None
    assert (titled.id, titled.facets[0].official) == (item.id, "标题")


def test_line_separators_inside_texts_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    folder = make_folder(
        tmp_path,
        ['{"_id": "d1", "text": "亲情网\u2028成员\x85通话\\u0000免费"}', "", DOCUMENTS[1]],
    )
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"):
        path = folder / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    beir = read_beir(folder)

    assert [document.id for document in beir.documents] == ["d1", "d2"]
    assert list(beir.qrels) == ["q1", "q2"]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "corpus.jsonl",
            '{"_id": "d1", "text": "好"}\n{broken\n',
            "corpus.jsonl:2: 不是完整的 JSON",
        ),
        ("corpus.jsonl", "[]\n", "corpus.jsonl:1: 应是一个"),
        ("corpus.jsonl", '{"text": "好"}\n', "corpus.jsonl:1: _id"),
        ("corpus.jsonl", '{"_id": true, "text": "好"}\n', "corpus.jsonl:1: _id"),
        ("corpus.jsonl", '{"_id": 1, "text": 5}\n', "corpus.jsonl:1: text"),
        ("corpus.jsonl", '{"_id": 1, "text": "\\ud800"}\n', "corpus.jsonl:1: text: 含有半个字符"),
        ("corpus.jsonl", '{"_id": 1}\n{"_id": "1"}\n', "corpus.jsonl:2: _id: '1' 与"),
        ("corpus.jsonl", "\n", "没有文档"),
        ("queries.jsonl", '{"_id": "q1"\n', "queries.jsonl:1: 不是完整的 JSON"),
        (
            "qrels.tsv",
            "query-id\tcorpus-id\tscore\nq1\td1\n",
            "qrels.tsv:2: 应是以制表符分开的三列",
        ),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\td1\tyes\n", "qrels.tsv:2: score"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\n", "没有标注"),
        ("self.tsv", "q1\n", "self.tsv:1: 应是以制表符分开的两列"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, file: str, content: str, message: str) -> None:
    folder = make_folder(tmp_path)
    (folder / file).write_text(content, encoding="utf-8")

    with pytest.raises(BeirError, match=message):
        read_beir(folder)


def test_other_bytes_than_utf_8_are_named_by_line(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / "corpus.jsonl").write_bytes(b'{"_id": 1}\n' + '{"_id": "好"}\n'.encode("gbk"))

    with pytest.raises(BeirError, match=r"corpus\.jsonl:2: 不是 UTF-8"):
        read_beir(folder)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = make_folder(tmp_path)
    (folder / name).unlink()

    with pytest.raises(BeirError, match=name):
        read_beir(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BeirError, match="nowhere"):
        read_beir(tmp_path / "nowhere")


def test_progress_is_reported_for_every_step(tmp_path: Path) -> None:
    steps: list[Step] = []
    beir = read_beir(make_folder(tmp_path / "set"))

    run_beir(
        beir, HashEncoder(), tmp_path / "w", created_at="2026-11-01T00:00:00", report=steps.append
    )

    assert {step.name for step in steps} == {"切分", "向量", "写入", "检索"}
    assert steps[-1] == Step("检索", 2, 2)
