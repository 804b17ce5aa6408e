"""TREC files and BEIR folders that other tools read, and what they then measure."""

from __future__ import annotations

import datetime as dt
import errno
import math
from pathlib import Path
from statistics import fmean

import ir_measures
import pytest
from ir_measures import RR, Success, nDCG

from corpora.types import Audience, Facet, FacetKind
from corpora.versions import ItemVersion
from eval.beir_set import read_beir
from eval.errors import BeirError, EvalError
from eval.faqset import Expectation, FaqSet
from eval.interchange import coded, documents_of, index_documents, write_beir, write_trec
from eval.stored import FaqRun
from eval.summary import ranking_values
from indexer.backends.embedded.place import EmbeddedPlace
from retriever.answer import Outcome
from tests.eval.book.runs import make_run, make_verdict
from tests.eval.builders import make_base, make_facet, make_item, make_question

DAY = dt.date(2026, 11, 1)
DOCUMENTS = [("biz-a", "甲", "甲的话"), ("biz-b", "乙", "乙的话\n第二行"), ("biz-c", "丙", "")]


def asked(name: str, *items: str, ranked: tuple[str, ...] = (), group: str = "") -> object:
    question = make_question(
        Expectation(Outcome.ANSWERED, items), id=name, question=f"问{name}", group=group
    )
    return make_verdict(name, question=question, ranked=ranked)


def some_run() -> FaqRun:
    """Ranks 1, 3, 11, none at all, two expected items, and questions that no item answers."""
    others = tuple(f"biz-x{n}" for n in range(10))
    unknown = make_question(Expectation(Outcome.UNKNOWN), id="u1", question="天气")
    handed = make_question(Expectation(Outcome.HANDOVER, handover="投诉"), id="h1", question="投诉")
    return make_run(
        asked("q1", "biz-a", ranked=("biz-a", *others[:9]), group="g"),
        asked("q2", "biz-a", ranked=(*others[:2], "biz-a"), group="g"),
        asked("q3", "biz-a", ranked=(*others, "biz-a")),
        asked("q4", "biz-a", ranked=()),
        asked("q5", "biz-b", "biz-a", ranked=("biz-x1", "biz-b", "biz-x2", "biz-a")),
        make_verdict("u1", question=unknown, outcome="unknown", checks={"outcome": True}),
        make_verdict("h1", question=handed, outcome="handover", checks={"outcome": True}),
    )


def test_other_tools_measure_the_same_from_the_files(tmp_path: Path) -> None:
    run = some_run()
    write_trec(run, tmp_path)

    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels.trec")))
    ranked = list(ir_measures.read_trec_run(str(tmp_path / "run.trec")))
    found = ir_measures.calc_aggregate([Success @ 1, RR @ 10, nDCG @ 10], qrels, ranked)
    ours = ranking_values(run.verdicts)

    assert found[Success @ 1] == pytest.approx(fmean(ours["Hit@1"].values())) == 1 / 5
    assert found[RR @ 10] == pytest.approx(fmean(ours["MRR"].values()))
    assert found[RR @ 10] == pytest.approx((1 + 1 / 3 + 0 + 0 + 1 / 2) / 5)
    assert found[nDCG @ 10] == pytest.approx(fmean(ours["nDCG@10"].values()))


def test_figures_of_a_run_without_near_duplicates_are_those_of_the_files(tmp_path: Path) -> None:
    run = make_run(*(v for v in some_run().verdicts if v.question.id != "q2"))
    write_trec(run, tmp_path)

    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels.trec")))
    ranked = list(ir_measures.read_trec_run(str(tmp_path / "run.trec")))
    found = ir_measures.calc_aggregate([Success @ 1, RR @ 10, nDCG @ 10], qrels, ranked)
    figures = run.metrics["overall"]["measures"]

    for name, measure in (("Hit@1", Success @ 1), ("MRR", RR @ 10), ("nDCG@10", nDCG @ 10)):
        assert math.isclose(found[measure], figures[name]["value"], abs_tol=5e-5), name


def test_only_questions_that_items_answer_are_written_and_the_rest_is_counted(
    tmp_path: Path,
) -> None:
    written = write_trec(some_run(), tmp_path)

    assert written == {"questions": 5, "ranked": 28, "judgements": 6, "left_out": 2}
    assert "u1" not in (tmp_path / "run.trec").read_text(encoding="utf-8")


def test_scores_fall_with_the_rank_and_the_run_is_named(tmp_path: Path) -> None:
    write_trec(make_run(asked("q1", "biz-a", ranked=("biz-b", "biz-a"))), tmp_path)

    assert (tmp_path / "run.trec").read_text(encoding="utf-8").splitlines() == [
        "q1 Q0 biz-b 1 2 知库-v1",
        "q1 Q0 biz-a 2 1 知库-v1",
    ]
    assert (tmp_path / "qrels.trec").read_text(encoding="utf-8") == "q1 0 biz-a 1\n"


def test_ids_with_spaces_are_one_column_in_every_file(tmp_path: Path) -> None:
    run = make_run(asked("q 1", "套餐\t59%", ranked=("套餐\t59%",)))
    write_trec(run, tmp_path)
    write_beir(run, [("套餐\t59%", "标题", "内容")], tmp_path)

    (hit,) = ir_measures.read_trec_run(str(tmp_path / "run.trec"))
    beir = read_beir(tmp_path)
    assert (hit.query_id, hit.doc_id) == ("q%201", "套餐%0959%25")
    assert beir.qrels == {"q%201": {"套餐%0959%25": 1}}
    assert beir.notes == ()


def test_different_ids_stay_different() -> None:
    assert len({coded(name) for name in ("a b", "a%20b", "a\tb", "ab", "a\u3000b")}) == 5


def test_a_run_without_judgements_is_refused(tmp_path: Path) -> None:
    unknown = make_question(Expectation(Outcome.UNKNOWN), id="u1")
    run = make_run(make_verdict("u1", question=unknown))

    with pytest.raises(EvalError, match="没有期望由条目回答的题"):
        write_trec(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_beir_folder_reads_back_with_all_its_texts(tmp_path: Path) -> None:
    run = make_run(asked("q1", "biz-a", ranked=("biz-a",)), asked("q2", "biz-b", "biz-a"))

    written = write_beir(run, iter(DOCUMENTS), tmp_path)
    beir = read_beir(tmp_path)

    assert [(d.id, d.title, d.text) for d in beir.documents] == DOCUMENTS
    assert beir.queries == {"q1": "问q1", "q2": "问q2"}
    assert beir.qrels == {"q1": {"biz-a": 1}, "q2": {"biz-a": 1, "biz-b": 1}}
    assert beir.notes == ()
    assert written == {
        "documents": 3,
        "questions": 2,
        "judgements": 3,
        "without_document": 0,
        "left_out": 0,
    }
    assert (tmp_path / "qrels.tsv").read_text(encoding="utf-8").startswith("query-id\tcorpus-id")


def test_a_faq_set_is_written_like_a_run(tmp_path: Path) -> None:
    run = make_run(asked("q1", "biz-a"))
    faq_set = FaqSet("小题集", DAY, "zh", tuple(v.question for v in run.verdicts))

    assert write_beir(faq_set, DOCUMENTS, tmp_path / "a") == write_beir(
        run, DOCUMENTS, tmp_path / "b"
    )
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_an_expected_item_without_a_document_stays_judged_and_is_counted(tmp_path: Path) -> None:
    written = write_beir(make_run(asked("q1", "biz-a", "biz-gone")), DOCUMENTS, tmp_path)

    assert written["without_document"] == 1
    assert read_beir(tmp_path).qrels["q1"] == {"biz-a": 1, "biz-gone": 1}


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ([], "没有条目可写"),
        ([DOCUMENTS[0], DOCUMENTS[0]], "条目编号重复：biz-a"),
        ([("", "无", "")], "有的条目没有编号"),
    ],
)
def test_documents_that_nobody_could_use_are_refused(
    tmp_path: Path, documents: list[tuple[str, str, str]], said: str
) -> None:
    with pytest.raises(BeirError, match=said):
        write_beir(make_run(asked("q1", "biz-a")), documents, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_documents_are_the_items_of_the_day_in_words_that_staff_may_read() -> None:
    item = make_item(
        facets=(
            Facet(FacetKind.PRICE, official="月费5元", customer="每月5元", steps=("发短信",)),
            Facet(FacetKind.RULES, official="坐席看的", audience=Audience.AGENT),
            Facet(FacetKind.HANDLING, official="内部看的", audience=Audience.INTERNAL),
        )
    )
    hidden = make_item(
        "tec-x",
        facets=(Facet(FacetKind.HANDLING, official="内部", audience=Audience.INTERNAL),),
    )
    versions = [
        ItemVersion(make_item(title="从前"), 1, valid_to=dt.date(2026, 10, 31)),
        ItemVersion(item, 2, dt.date(2026, 11, 1), dt.date(2026, 11, 1)),
        ItemVersion(make_item(title="以后"), 3, dt.date(2026, 11, 2)),
        ItemVersion(hidden, 1),
    ]

    assert list(documents_of(versions, DAY)) == [
        ("biz-family", "亲情网", "每月5元\n月费5元\n发短信\n坐席看的")
    ]


def test_documents_come_from_the_published_index(tmp_path: Path) -> None:
    items = [make_item(), make_item("biz-pack", facets=(make_facet(FacetKind.PRICE, "每月10元"),))]
    make_base(tmp_path, items).close()

    found = index_documents(EmbeddedPlace(tmp_path / "index"), DAY)

    assert sorted(item_id for item_id, _, _ in found) == ["biz-family", "biz-pack"]


def test_an_index_without_items_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BeirError, match="没有在 2026-11-01 有效的条目"):
        index_documents(EmbeddedPlace(tmp_path / "none"), DAY)


def test_nothing_is_written_over_what_is_not_the_same(tmp_path: Path) -> None:
    write_trec(some_run(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_trec(some_run(), tmp_path)  # the same again

    other = make_run(asked("q1", "biz-a", ranked=("biz-a",)))
    with pytest.raises(EvalError, match=r"已有别的 qrels\.trec、run\.trec，不会覆盖"):
        write_trec(other, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

    (tmp_path / "corpus.jsonl").write_text("mine", encoding="utf-8")
    with pytest.raises(EvalError, match=r"已有别的 corpus\.jsonl，不会覆盖"):
        write_beir(other, DOCUMENTS, tmp_path)
    assert not (tmp_path / "queries.jsonl").exists()


def test_a_disk_that_is_full_half_way_leaves_none_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        if path.name == "run.trec":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        path.write_bytes(content)

    monkeypatch.setattr("eval.interchange.write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        write_trec(some_run(), tmp_path)

    assert list(tmp_path.iterdir()) == []
