"""The files of a release in a cluster: written in parts, and read back, or told to be absent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from indexer.backends.elastic.client import Cluster
from indexer.backends.elastic.release import ReleaseReader, release_documents
from tests.builders import make_content, make_item, make_release
from tests.store.builders import make_template


class Held:
    """A cluster that holds these documents."""

    name = "http://held"

    def __init__(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        self._documents = documents

    def ask(self, question: Callable[[Any], Any]) -> Any:
        return question(self)

    def mget(self, *, index: str, ids: Sequence[str], source_includes: Sequence[str]) -> Any:
        known = self._documents
        return {"docs": [{"found": one in known, "_source": known.get(one)} for one in ids]}


def reader(documents: Mapping[str, Mapping[str, Any]]) -> ReleaseReader:
    return ReleaseReader(cast(Cluster, Held(documents)), "zhiku-release")


def test_versions_of_templates_come_back_and_are_missed_by_nobody_in_an_old_index() -> None:
    release = replace(
        make_release(make_item()),
        templates=(make_template("tpl-a"), make_template("tpl-b")),
        template_versions={"tpl-b": 3},
    )
    documents = dict(release_documents(make_content(release)))
    assert reader(documents).template_versions() == {"tpl-a": 1, "tpl-b": 3}
    old = {key: one for key, one in documents.items() if one.get("name") != "template_versions"}
    assert len(old) == len(documents) - 1
    assert reader(old).template_versions() == {}
    assert len(reader(old).lines("templates")) == 2
