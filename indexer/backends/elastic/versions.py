"""Which versions a cluster holds, which one is published, and how that changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson

from indexer.backends.elastic.bodies import alias_actions
from indexer.backends.elastic.client import Cluster
from indexer.backends.elastic.names import RELEASE, index_name, pattern, version_of
from indexer.errors import IndexDamaged, IndexMismatch, IndexMissing, IndexUnavailable
from indexer.manifest import Manifest

_SECONDS_FOR_SHARDS = 10


class Versions:
    """The versions behind one alias. A version is whole once its release index says so in ``_meta``.

    A version's manifest names its indices (``Manifest.files``); unchanged sub-libraries are indices
    that an earlier version wrote.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.alias = cluster.alias

    def published(self) -> list[str]:
        """The indices that the alias stands for; none before the first publication."""
        try:
            found = self._cluster.ask(lambda client: client.indices.get_alias(name=self.alias)).body
        except IndexMissing:
            return []
        return sorted(found)

    def current(self) -> str | None:
        """The published version's name, or None before the first publication."""
        for index in self.published():
            found = version_of(self.alias, index)
            if found and found[1] == RELEASE:
                return found[0]
        return None

    def require_current(self) -> str:
        """The published version's name; ``IndexMissing`` tells how to make one."""
        version = self.current()
        if version is None:
            raise IndexMissing(
                f"{self._cluster.name} 还没有已发布的索引；请先运行 zhiku index build"
            )
        return version

    def manifest(self, version: str) -> Manifest:
        """The manifest of a whole version; ``IndexDamaged`` otherwise."""
        index = index_name(self.alias, version, RELEASE)
        raw = self._raw_manifests(index).get(version)
        if raw is None:
            raise IndexDamaged(
                f"{self._cluster.name} 没有完整的索引版本 {version}；请运行 zhiku index build 重建"
            )
        return Manifest.from_json(raw, f"{self._cluster.name} 的 {index}")

    def whole(self) -> dict[str, Manifest]:
        """The manifest of every whole version that can be read."""
        whole: dict[str, Manifest] = {}
        for version, raw in self._raw_manifests(pattern(self.alias, RELEASE)).items():
            # what another program's version wrote, or is damaged, is what a new build mends
            with suppress(IndexDamaged, IndexMismatch):
                whole[version] = Manifest.from_json(raw, version)
        return whole

    def _raw_manifests(self, indices: str) -> dict[str, bytes]:
        found = self._cluster.ask(
            lambda client: client.indices.get_mapping(
                index=indices, ignore_unavailable=True, allow_no_indices=True
            )
        ).body
        manifests: dict[str, bytes] = {}
        for index, held in found.items():
            named = version_of(self.alias, index)
            meta: Mapping[str, Any] = held["mappings"].get("_meta", {})
            if named and "manifest" in meta:
                manifests[named[0]] = orjson.dumps(meta["manifest"])
        return manifests

    def complete(self, version: str, manifest: Manifest) -> None:
        """Declares a version whole: the last thing that is written of it."""
        meta = {"manifest": orjson.loads(manifest.to_json())}
        index = index_name(self.alias, version, RELEASE)
        self._cluster.ask(lambda client: client.indices.put_mapping(index=index, meta=meta))

    def passage_indices(self, manifest: Manifest) -> list[str]:
        """The indices of a version that hold passages."""
        return [name for name in manifest.files if not name.endswith(f"-{RELEASE}")]

    def check(self, manifest: Manifest) -> None:
        """That every index of a version is there, answers, and holds what it should.

        ``IndexUnavailable`` where a shard is missing; ``IndexDamaged`` where documents are.
        """
        names = list(manifest.files)
        there = self._cluster.ask(
            lambda client: client.indices.get_settings(
                index=",".join(names), name="index.uuid", ignore_unavailable=True
            )
        ).body
        if missing := [name for name in names if name not in there]:
            raise IndexDamaged(
                f"{self._cluster.name} 缺少索引 {'、'.join(missing)}；请运行 zhiku index build 重建"
            )
        if red := self._red(names):
            raise IndexUnavailable(
                f"{self._cluster.name} 的索引 {'、'.join(red)} 有分片不可用（red）；"
                "请等节点恢复，或运行 zhiku index build 重建"
            )
        held = self.document_counts(names)
        wrong = [
            name for name in names if held[name] != int(manifest.files[name].partition(":")[0])
        ]
        if wrong:
            raise IndexDamaged(
                f"{self._cluster.name} 的索引 {'、'.join(wrong)} 里的文档数和清单不符；"
                "请运行 zhiku index build 重建"
            )

    def _red(self, names: Sequence[str]) -> list[str]:
        """The indices that lack a shard, after it was waited for: a node may be starting again."""
        found = self._cluster.ask(
            # 408: waited in vain, and the answer says for what
            lambda client: client.options(
                ignore_status=408, request_timeout=_SECONDS_FOR_SHARDS + 5.0
            ).cluster.health(
                index=",".join(names),
                level="indices",
                wait_for_status="yellow",
                timeout=f"{_SECONDS_FOR_SHARDS}s",
            )
        )["indices"]
        return sorted(name for name, state in found.items() if state["status"] == "red")

    def document_counts(self, names: Sequence[str]) -> dict[str, int]:
        """The documents of each index."""
        found = self._cluster.ask(
            lambda client: client.indices.stats(index=",".join(names), metric="docs")
        )
        if found["_shards"]["failed"]:
            raise IndexUnavailable(f"{self._cluster.name} 只回答了一部分；请稍后再试")
        return {name: int(found["indices"][name]["primaries"]["docs"]["count"]) for name in names}

    def point_to(self, manifest: Manifest) -> None:
        """Points the alias at a version's indices in one step."""
        actions = alias_actions(self.alias, self.published(), list(manifest.files))
        self._cluster.ask(lambda client: client.indices.update_aliases(actions=actions))

    def all_indices(self) -> list[str]:
        """Every index of every version, whole or not."""
        found = self._cluster.ask(
            lambda client: client.indices.get_settings(
                index=pattern(self.alias),
                name="index.uuid",
                allow_no_indices=True,
                expand_wildcards=["open", "closed"],
            )
        ).body
        return sorted(name for name in found if version_of(self.alias, name))

    def delete(self, names: Collection[str]) -> None:
        """Deletes indices, each by its full name."""
        for name in names:
            self._delete(name)

    def _delete(self, name: str) -> None:
        self._cluster.ask(
            lambda client: client.indices.delete(index=name, ignore_unavailable=True), patient=True
        )
