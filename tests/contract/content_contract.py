"""What every engine promises about the content of a version, and about very small ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from corpora.types import Audience, FacetKind, SubLibrary
from indexer.backends.protocol import StagedContent
from retriever.backends.protocol import Searcher
from retriever.filters import Filter
from retriever.types import Match
from tests.builders import (
    make_content,
    make_facet,
    make_filter,
    make_held,
    make_item,
    make_release,
    make_tokens,
)
from tests.contract.brute_force import BruteForceSearcher
from tests.contract.searcher_contract import (
    ANALYZER,
    EVERYTHING,
    Opened,
    SearcherContract,
    assert_agree,
    few,
    filters,
    ids,
    vector_of,
)
from tests.encoders import HashEncoder
from tests.store.builders import make_template


class ContentContract(SearcherContract):
    """Reading by id, and content that stretches an engine."""

    # --- reading -------------------------------------------------------------------------------

    def test_fetch_gives_what_was_staged_in_the_order_given(
        self, searcher: Searcher, reference: BruteForceSearcher, content: StagedContent
    ) -> None:
        asked = [p.passage_id for p in reversed(content.passages)]
        assert searcher.fetch(asked) == reference.fetch(asked)
        assert searcher.fetch(["不存在", asked[3], "", asked[3]]) == reference.fetch(
            [asked[3], asked[3]]
        )
        assert searcher.fetch([]) == []

    @few
    @given(wanted=filters)
    def test_items_families_and_codes_agree_with_the_definition(
        self,
        searcher: Searcher,
        reference: BruteForceSearcher,
        content: StagedContent,
        wanted: Filter,
    ) -> None:
        item_ids = [h.item.id for h in content.release.item_versions][::3]
        asked = ["不存在", *dict.fromkeys(reversed(item_ids)), ""]
        assert searcher.items(asked, wanted) == reference.items(asked, wanted)
        assert searcher.family(asked, wanted) == reference.family(asked, wanted)
        for code in ("CODE03", "code03", "s5", "KT7", "kt14", "KT7@10086", "", "不存在"):
            assert searcher.by_code(code, wanted) == reference.by_code(code, wanted)

    def test_token_vectors_come_back_as_they_went_in(
        self, searcher: Searcher, content: StagedContent
    ) -> None:
        assert content.token_vectors is not None
        asked = [p.passage_id for p in content.passages]
        found = searcher.token_vectors(["不存在", *asked])
        assert list(found) == asked
        for passage_id, staged in zip(asked, content.token_vectors, strict=True):
            assert found[passage_id].dtype == np.int8
            assert np.array_equal(found[passage_id], staged)

    def test_a_version_without_token_vectors_gives_none(self, opened: Opened) -> None:
        content = make_content(make_release(make_item()))
        searcher = opened(content)
        assert searcher.token_vectors([content.passages[0].passage_id]) == {}
        assert searcher.projection is None

    def test_the_projection_comes_back_as_it_went_in(
        self, searcher: Searcher, content: StagedContent
    ) -> None:
        assert content.projection is not None
        assert searcher.projection is not None
        assert searcher.projection.matrix.dtype == np.float32
        assert np.array_equal(searcher.projection.matrix, content.projection.matrix)
        assert searcher.projection.token_dim == content.projection.token_dim
        tokens = np.eye(HashEncoder.dim, dtype=np.float32)
        assert np.array_equal(searcher.projection.stored(tokens), content.projection.stored(tokens))

    def test_token_vectors_whose_projection_is_not_told_come_back_without_one(
        self, opened: Opened
    ) -> None:
        plain = make_content(make_release(make_item()))
        tokens = make_tokens(len(plain.passages) + 1)[1:]
        searcher = opened(replace(plain, token_vectors=tokens))
        first = plain.passages[0].passage_id
        assert np.array_equal(searcher.token_vectors([first])[first], tokens[0])
        assert searcher.projection is None

    def test_templates_come_back_with_their_versions(self, opened: Opened) -> None:
        templates = (make_template("tpl-a"), make_template("tpl-b"))
        release = replace(
            make_release(make_item()), templates=templates, template_versions={"tpl-b": 3}
        )
        made = opened(make_content(release))
        assert made.templates == {template.id: template for template in templates}
        assert [made.template_versions.get(name, 1) for name in made.templates] == [1, 3]

    def test_suggestions_are_the_lines_of_all_items(
        self, searcher: Searcher, reference: BruteForceSearcher
    ) -> None:
        assert list(searcher.suggestions()) == list(reference.suggestions())

    def test_the_manifest_tells_what_was_staged(
        self, searcher: Searcher, reference: BruteForceSearcher
    ) -> None:
        ours, theirs = searcher.manifest, reference.manifest
        assert replace(ours, version="", partitions=(), token_dim=0, files={}) == replace(
            theirs, version="", partitions=(), token_dim=0, files={}
        )

    # --- filters, one rule a test --------------------------------------------------------------

    def test_a_hall_sees_its_city_and_province_but_no_neighbour(self, opened: Opened) -> None:
        places = ("", "yj", "yj/yundu", "yj/yundu/h1", "yj/yundu/h10", "yj/yun", "yj/linhe", "bx")
        items = [make_item(f"at-{n}", "携号转网", region=place) for n, place in enumerate(places)]
        content = make_content(make_release(*items))
        searcher = opened(content)

        def seen(region: str) -> set[str]:
            wanted = make_filter(region=region)
            lexical = searcher.lexical(["携号"], wanted, 99)
            semantic = searcher.semantic(vector_of("携号转网"), wanted, 99)
            found = [{p.item_id for p in searcher.fetch(ids(m))} for m in (lexical, semantic)]
            found.append({h.item.id for h in searcher.items([i.id for i in items], wanted)})
            assert found[0] == found[1] == found[2]
            return {places[int(item_id[3:])] for item_id in found[0]}

        assert seen("yj/yundu/h1") == {"", "yj", "yj/yundu", "yj/yundu/h1"}
        assert seen("yj/yundu") == {"", "yj", "yj/yundu"}
        assert seen("yj") == {"", "yj"}
        assert seen("yj/yun") == {"", "yj", "yj/yun"}
        assert seen("bx") == {"", "bx"}
        assert seen("") == set(places)

    def test_a_reader_never_finds_a_facet_for_others(self, opened: Opened) -> None:
        facets = [
            make_facet(FacetKind.PRICE, "公开", audience=Audience.CUSTOMER),
            make_facet(FacetKind.RULES, "坐席", audience=Audience.AGENT),
            make_facet(FacetKind.LESSON, "内部", audience=Audience.INTERNAL),
        ]
        searcher = opened(make_content(make_release(make_item(facets=facets))))
        for audience, seen in (
            (Audience.CUSTOMER, {"公开"}),
            (Audience.AGENT, {"公开", "坐席"}),
            (Audience.INTERNAL, {"公开", "坐席", "内部"}),
        ):
            wanted = make_filter(audience=audience)
            lexical = searcher.lexical(["公开", "坐席", "内部"], wanted, 99)
            assert {p.text for p in searcher.fetch(ids(lexical))} == seen
            semantic = searcher.semantic(vector_of("坐席内部"), wanted, 99)
            texts = {p.text for p in searcher.fetch(ids(semantic))}
            assert texts & {"公开", "坐席", "内部"} == seen

    def test_a_version_holds_on_its_first_and_its_last_day(self, opened: Opened) -> None:
        first, last = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
        day = dt.timedelta(days=1)
        old, new = make_item(title="旧资费"), make_item(title="新资费")
        searcher = opened(
            make_content(
                make_release(
                    make_held(old, 1, valid_to=first - day),
                    make_held(new, 2, first, last),
                    make_held(old, 1, last + day),
                )
            )
        )
        for as_of, version in (
            (first - day, 1),
            (first, 2),
            (last, 2),
            (last + day, 1),
        ):
            wanted = make_filter(as_of)
            found = searcher.lexical(["资费"], wanted, 99)
            assert found
            assert found == [m for m in found if f"@{version}#" in m.passage_id]
            assert ids(searcher.semantic(vector_of("资费"), wanted, 99)) != []
            assert [held.version for held in searcher.items(["flow-10"], wanted)] == [version]
            assert len(searcher.fetch(ids(found))) == len(found)
        ends = ids(searcher.lexical(["资费"], make_filter(last + day), 99))
        assert all(passage_id.endswith("~20260401") for passage_id in ends)

    # --- content that stretches an engine ------------------------------------------------------

    def test_ties_are_cut_by_id_over_all_libraries(self, opened: Opened) -> None:
        libraries = list(SubLibrary)
        items = [make_item(f"x{n:03d}", "同一个标题", libraries[n % 6]) for n in range(90)]
        searcher = opened(make_content(make_release(*items)))
        terms, vector = ANALYZER.terms("同一个标题"), vector_of("同一个标题")

        def by_words(k: int) -> list[Match]:
            return searcher.lexical(terms, make_filter(), k)

        def by_meaning(k: int) -> list[Match]:
            return searcher.semantic(vector, make_filter(), k)

        for search in (by_words, by_meaning):
            titles = search(90)
            assert len({m.score for m in titles}) == 1
            assert ids(titles) == sorted(ids(titles))
            for k in (1, 5, 17, 50):
                assert search(k) == titles[:k]

    def test_nothing_at_all_can_be_published_and_asked(self, opened: Opened) -> None:
        content = make_content(make_release())
        for empty in (content, replace(content, token_vectors=[])):
            searcher = opened(empty)
            assert searcher.lexical(["流量"], make_filter(), 5) == []
            assert searcher.lexical(["流量"], make_filter(libraries=[SubLibrary.TIPS]), 5) == []
            assert searcher.semantic(vector_of("流量"), make_filter(region="yj"), 5) == []
            assert searcher.cosines(vector_of("流量"), ["x"]) == []
            assert searcher.term_weights(["流量"]) == pytest.approx([np.log(2.0)])
            assert searcher.fetch(["x"]) == []
            assert searcher.items(["x"], make_filter()) == []
            assert searcher.family(["x"], make_filter()) == {"x": []}
            assert searcher.by_code("x", make_filter()) == []
            assert searcher.token_vectors(["x"]) == {}
            assert list(searcher.suggestions()) == []

    def test_a_library_with_a_single_passage_is_found_like_any_other(self, opened: Opened) -> None:
        alone = make_facet(official="光猫", audience=Audience.AGENT)
        content = make_content(
            make_release(
                make_item("only", "光猫", SubLibrary.TERMINALS, [alone]),
                *(make_item(f"b{n}", f"流量包{n}元") for n in range(1, 40)),
            )
        )
        assert [p.sub_library for p in content.passages].count(SubLibrary.TERMINALS) == 1
        searcher, reference = opened(content), BruteForceSearcher(content)
        for wanted in (make_filter(), make_filter(libraries=[SubLibrary.TERMINALS])):
            found = searcher.lexical(["光猫"], wanted, 5)
            assert_agree(found, reference.lexical(["光猫"], wanted, 5))
            nearest = searcher.semantic(vector_of("光猫"), wanted, 1)
            assert ids(nearest) == ids(found)

    def test_texts_with_line_breaks_and_odd_signs_come_back_whole(self, opened: Opened) -> None:
        text = '第一行\n第二行\r\n\t"引号"\\ \u2028\u2029\x85\x0b 𠮷📱\n\n末行'
        facet = make_facet(FacetKind.RULES, text, audience=Audience.AGENT)
        item = make_item("odd", "奇怪\n标题", facets=[facet], aliases=("别\n名",))
        content = make_content(make_release(item))
        searcher = opened(content)
        found = searcher.fetch([p.passage_id for p in content.passages])
        assert {"奇怪\n标题", "别\n名", text} == {passage.text for passage in found}
        assert searcher.items([item.id], make_filter())[0].item == item
        assert [line.text for line in searcher.suggestions()] == ["奇怪\n标题", "别\n名"]

    def test_a_text_without_words_is_kept_and_found_by_nothing(self, opened: Opened) -> None:
        facet = make_facet(FacetKind.OVERVIEW, "！？……", audience=Audience.AGENT)
        content = make_content(make_release(make_item("mute", "——", facets=[facet])))
        assert not any(content.terms)
        searcher = opened(content)
        assert searcher.lexical(["流量"], make_filter(), EVERYTHING) == []
        assert len(searcher.semantic(vector_of("——"), make_filter(), EVERYTHING)) == 2

    def test_long_passages_have_their_length_rounded_as_lucene_does(self, opened: Opened) -> None:
        items = [
            make_item(
                f"n{length:03d}",
                f"标{length}",
                facets=[make_facet(official="流量" + "字" * length, audience=Audience.AGENT)],
            )
            for length in range(1, 120)
        ]
        content = make_content(make_release(*items))
        searcher, reference = opened(content), BruteForceSearcher(content)
        found = searcher.lexical(["流量"], make_filter(), EVERYTHING)
        assert_agree(found, reference.lexical(["流量"], make_filter(), EVERYTHING))
        assert len({round(m.score, 4) for m in found}) < len(found)
