"""The home folder of a real SMPP server, made once from jars that are published."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.real.elastic_home import PartMissing

PARTS: Final = Path(__file__).parent / "smpp"
_REPOSITORY: Final = Path(__file__).resolve().parents[2]
_HINT: Final = "请运行 make tools（需要 JDK 17 或更高版本、Maven）"
_MADE_WITHIN: Final = 400.0  # seconds for one step


def home(base: Path = _REPOSITORY / "var" / "real") -> Path:
    """The folder; whole or not there, also for tests side by side and after a kill."""
    if shutil.which("java") is None:
        raise PartMissing(f"没有 java；{_HINT}")
    target = base / f"smpp-{_recipe()}"
    if target.is_dir():
        return target
    base.mkdir(parents=True, exist_ok=True)
    with (base / "SMPP-LOCK").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            making = target.with_name(f".making-{target.name}")
            shutil.rmtree(making, ignore_errors=True)
            _make(making)
            making.rename(target)
    return target


def server_command(place: Path, account: str, password: str, record: Path, port: int) -> list[str]:
    """What starts a server; it ends when its standard input does."""
    return [
        "java",
        *("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"),
        *("-cp", f"{place / 'classes'}:{place / 'lib'}/*"),
        *("RunCentre", account, password, str(record), str(port)),
    ]


def _recipe() -> str:
    digest = hashlib.sha256()
    for part in (Path(__file__), *sorted(PARTS.iterdir())):
        digest.update(part.read_bytes())
    return digest.hexdigest()[:8]


def _make(folder: Path) -> None:
    if missing := [name for name in ("mvn", "javac") if shutil.which(name) is None]:
        raise PartMissing(f"没有 {'、'.join(missing)}；{_HINT}")
    jars, classes = folder / "lib", folder / "classes"
    pom = str(PARTS / "pom.xml")
    _run("mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={jars}")
    sources = (str(source) for source in sorted(PARTS.glob("*.java")))
    _run("javac", "-encoding", "UTF-8", "-cp", f"{jars}/*", "-d", str(classes), *sources)


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
