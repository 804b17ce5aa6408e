"""The home folder of a real Elasticsearch node, made once from jars that are published."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

PARTS: Final = Path(__file__).parent / "elastic"
_REPOSITORY: Final = Path(__file__).resolve().parents[2]
_HINT: Final = "请运行 make tools（需要 JDK 17 和 Maven）"
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


def home() -> Path:
    """The folder; whole or not there, also for tests side by side and after a kill."""
    version = elasticsearch_version()
    target = _REPOSITORY / "var" / "real" / f"elasticsearch-{version}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "LOCK").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            making = target.with_name(f".making-{target.name}")
            shutil.rmtree(making, ignore_errors=True)
            _make(making, version)
            making.rename(target)
    return target


def _make(folder: Path, version: str) -> None:
    if missing := [name for name in ("mvn", "java", "javac") if shutil.which(name) is None]:
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
    _run("javac", "-cp", f"{jars}/*", "-d", str(folder / "main"), str(PARTS / "RunNode.java"))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise PartMissing(f"{command[0]} 没有成功：{' '.join(said)}；{_HINT}")
