"""The home folder of a real Elasticsearch node, made once from jars that are published."""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

PARTS: Final = Path(__file__).parent / "elastic"
_REPOSITORY: Final = Path(__file__).resolve().parents[2]
_HINT: Final = "请运行 make tools（需要 JDK 17 或更高版本、Maven）"
_MADE_WITHIN: Final = (
    400.0  # seconds for one step: below the limit of one test, also on a slow line
)
_ARCHIVE: Final = "classes.jsa"
# Half of the start is loading classes and the rest is code that runs once: never worth optimising.
QUICK_START: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_DESCRIPTOR: Final = """\
description=HTTP and transport by Netty
version={version}
name=transport-netty4
classname=org.elasticsearch.transport.netty4.Netty4Plugin
java.version=17
elasticsearch.version={version}
"""
_LOGGING: Final = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class PartMissing(Exception):
    """What a real node needs cannot be had here; the message says how to get it."""


def elasticsearch_version() -> str:
    """The version that the pom names."""
    found = re.search(
        r"<elasticsearch\.version>([^<]+)<", (PARTS / "pom.xml").read_text(encoding="utf-8")
    )
    assert found
    return found[1]


def home(base: Path = _REPOSITORY / "var" / "real") -> Path:
    """The folder; whole or not there, also for tests side by side and after a kill."""
    if shutil.which("java") is None:
        raise PartMissing(f"没有 java；{_HINT}")
    version = elasticsearch_version()
    # named by what it is made of too: a changed recipe is made beside one that others may be using
    target = base / f"elasticsearch-{version}-{_recipe()}"
    if target.is_dir():
        return target
    base.mkdir(parents=True, exist_ok=True)
    with (base / "LOCK").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            making = target.with_name(f".making-{target.name}")
            shutil.rmtree(making, ignore_errors=True)
            _make(making, version)
            making.rename(target)
            with suppress(PartMissing):  # without them a start takes twice as long, no more
                _remember_classes(target)  # here, because they hold only for the paths they saw
    return target


def node_command(
    place: Path, settings: Mapping[str, str], *, heap: str, java: Sequence[str]
) -> list[str]:
    """What starts a node from its home; it ends when its standard input does."""
    return [
        "java",
        *(f"-Xms{heap}", f"-Xmx{heap}", *java),
        *("-cp", f"{place / 'main.jar'}:{place / 'lib'}/*"),
        *("RunNode", str(place), str(place / "config")),
        *(f"{key}={value}" for key, value in settings.items()),
    ]


def remembered_classes(place: Path) -> str:
    """The option that spares a start from loading and checking classes; ignored if it does not fit."""
    return f"-XX:SharedArchiveFile={place / _ARCHIVE}"


def _recipe() -> str:
    digest = hashlib.sha256()
    for part in (Path(__file__), *sorted(PARTS.iterdir())):
        digest.update(part.read_bytes())
    return digest.hexdigest()[:8]


def _make(folder: Path, version: str) -> None:
    if missing := [name for name in ("mvn", "javac") if shutil.which(name) is None]:
        raise PartMissing(f"没有 {'、'.join(missing)}；{_HINT}")
    jars = folder / "lib"
    _run(
        "mvn",
        *("-q", "-B", "-f", str(PARTS / "pom.xml")),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={jars}",
    )
    module = folder / "modules" / "transport-netty4"
    module.mkdir(parents=True)
    for jar in jars.iterdir():
        if jar.name.startswith(("netty-", "transport-netty4")):
            jar.rename(module / jar.name)
    (module / "plugin-descriptor.properties").write_text(_DESCRIPTOR.format(version=version))
    (folder / "plugins").mkdir()
    (folder / "config").mkdir()
    (folder / "config" / "elasticsearch.yml").write_text("")
    (folder / "config" / "log4j2.properties").write_text(_LOGGING)
    with TemporaryDirectory() as classes:
        _run("javac", "-cp", f"{jars}/*", "-d", classes, str(PARTS / "RunNode.java"))
        # a jar: classes in folders cannot be remembered
        with zipfile.ZipFile(folder / "main.jar", "w") as main:
            for compiled in Path(classes).iterdir():
                main.write(compiled, compiled.name)


def _remember_classes(place: Path) -> None:
    """Runs a node, which ends as soon as it is up, because nobody holds its standard input."""
    with TemporaryDirectory() as folder:
        settings = {
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": "0",
            "transport.port": "0",
            "path.data": f"{folder}/data",
            "path.logs": f"{folder}/logs",
        }
        unfinished = place / f".making-{_ARCHIVE}"
        keep = f"-XX:ArchiveClassesAtExit={unfinished}"
        _run(*node_command(place, settings, heap="512m", java=(*QUICK_START, keep)))
        if unfinished.exists():
            unfinished.rename(place / _ARCHIVE)


def _run(*command: str) -> None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_MADE_WITHIN,
        )
    except subprocess.TimeoutExpired:
        raise PartMissing(f"{command[0]} 超过 {_MADE_WITHIN:.0f} 秒没有完成；{_HINT}") from None
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        reason = next((line for line in said if "error" in line.lower()), said[-1] if said else "")
        raise PartMissing(f"{command[0]} 没有成功：{reason}；{_HINT}")
