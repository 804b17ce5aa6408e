from __future__ import annotations

import dataclasses

from corpora.knowledge import Knowledge
from corpora.lexicon import Lexicon
from corpora.regions import Regions
from corpora.store import ImportReport, State, Store
from tests.store.builders import NOW, YUNJIANG, Parts, make_item, make_template

FULL = Parts(
    (make_item(),), (make_template(), make_template("b")), Lexicon(words=("移机",)), YUNJIANG
)


def imported(
    store: Store,
    parts: Parts | Knowledge,
    *,
    retire_missing: bool = False,
    state: State = State.PUBLISHED,
) -> ImportReport:
    return store.import_knowledge(
        parts, author="李工", recorded_at=NOW, retire_missing=retire_missing, state=state
    )


def test_a_store_without_assets_has_empty_ones(store: Store) -> None:
    assert (store.templates(), store.lexicon(), store.regions()) == ((), Lexicon(), Regions())


def test_assets_come_back_equal_and_templates_by_id(store: Store) -> None:
    report = imported(store, FULL)
    assert report.assets.new == ("template:move-notice", "template:b", "lexicon", "regions")
    assert store.templates() == (make_template("b"), make_template())
    assert store.lexicon() == FULL.lexicon
    assert store.regions() == YUNJIANG


def test_knowledge_from_files_is_what_an_import_takes(store: Store) -> None:
    imported(store, Knowledge(items=(make_item(),), lexicon=Lexicon(words=("携号转网",))))
    assert [version.item for version in store.held_versions()] == [make_item()]
    assert store.lexicon().words == ("携号转网",)


def test_a_store_with_only_a_lexicon_is_not_empty(store: Store) -> None:
    imported(store, Parts(lexicon=FULL.lexicon))
    assert not store.is_empty()


def test_unchanged_assets_add_no_version(store: Store) -> None:
    imported(store, FULL)
    again = imported(store, FULL).assets
    assert len(again.unchanged) == 4
    assert again.new == again.changed == again.retired == ()


def test_the_newest_published_asset_is_the_one_that_holds(store: Store) -> None:
    imported(store, FULL)
    changed = Parts(
        templates=(make_template(body="移机要{{ fee }}元"),), lexicon=Lexicon(("搬家",))
    )
    assert imported(store, changed).assets.changed == ("template:move-notice", "lexicon")
    assert store.templates()[1].body == "移机要{{ fee }}元"
    assert store.lexicon().words == ("搬家",)


def test_a_template_has_the_version_that_holds(store: Store) -> None:
    imported(store, FULL)
    assert store.template_versions() == {"b": 1, "move-notice": 1}
    imported(store, Parts(templates=(make_template(body="移机要{{ fee }}元"),)))
    draft = Parts(templates=(make_template("b", "拟{{ fee }}"),))
    imported(store, draft, state=State.DRAFT)
    assert store.template_versions() == {"b": 1, "move-notice": 2}


def test_draft_assets_are_not_served(store: Store) -> None:
    imported(store, FULL)
    imported(store, Parts(lexicon=Lexicon(("拟",))), state=State.DRAFT)
    assert store.lexicon() == FULL.lexicon


def test_a_source_without_lexicon_and_regions_leaves_the_stored_ones(store: Store) -> None:
    imported(store, FULL)
    imported(store, Parts([make_item(title="只有条目")]))
    assert (store.lexicon(), store.regions()) == (FULL.lexicon, FULL.regions)


def test_missing_assets_are_retired_when_that_is_asked_for(store: Store) -> None:
    imported(store, FULL)
    kept = dataclasses.replace(FULL, templates=(make_template(),), lexicon=Lexicon())
    report = imported(store, kept, retire_missing=True)
    assert report.assets.retired == ("template:b", "lexicon")
    assert store.templates() == (make_template(),)
    assert (store.lexicon(), store.regions()) == (Lexicon(), YUNJIANG)


def test_a_retired_template_comes_back_when_it_is_imported_again(store: Store) -> None:
    imported(store, FULL)
    imported(store, Parts(), retire_missing=True)
    assert store.templates() == ()
    assert imported(store, FULL).assets.changed == (
        "template:move-notice",
        "template:b",
        "lexicon",
        "regions",
    )
    assert len(store.templates()) == 2
