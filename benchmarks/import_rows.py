"""How fast, and in how much memory, a large table is imported: ``python -m benchmarks.import_rows``.

Writes N generated rows as a workbook the way spreadsheets do (shared strings), as CSV or as JSONL,
imports them with ``zhiku corpus import`` in a process of its own, and prints one JSON document.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from xml.sax.saxutils import escape

from benchmarks import words

ROOT: Final = Path(__file__).resolve().parent.parent
SEED: Final = 20251101
HEADINGS: Final = (
    "编号", "标题", "子库", "相似问法", "别名", "BOSS编码", "销售状态", "生效日期", "责任部门", "权重",
    "简介(客户口径)", "简介(官方口径)", "资费", "如何办理(客户口径)", "如何办理(步骤)",
)  # fmt: skip
_WHOLE: Final = frozenset({"权重"})
_USED: Final = "USED "


def rows(count: int, seed: int = SEED) -> Iterator[dict[str, str]]:
    """Rows of sheet 条目, each with three questions and four wordings of its own."""
    rng = random.Random(seed)
    for number in range(count):
        fee, gb = rng.randint(5, 299), rng.randint(1, 200)
        title = f"{rng.choice(words.BRANDS)}{rng.choice(words.SERIES)}{number}号{rng.choice(words.PLAN_FORMS)}"
        yield {
            "编号": f"row-{number:06d}",
            "标题": title,
            "子库": "业务知识库",
            "相似问法": f"{title}一个月多少钱\n{title}怎么开\n办了{title}能退吗",
            "别名": f"{number}号套餐",
            "BOSS编码": f"0{number:08d}",
            "销售状态": rng.choice(("在售", "在售", "停售存量")),
            "生效日期": f"2025-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            "责任部门": rng.choice(words.DEPARTMENTS),
            "权重": str(rng.randint(1, 600)),
            "简介(客户口径)": f"{title}每月{fee}元，含{gb}GB国内流量，当月有效，次月重新计算。",
            "简介(官方口径)": f"{title}月费{fee}元，含{gb}GB国内通用流量，当月有效，不结转，不能转赠他人。",
            "资费": f"每月{fee}元，含{gb}GB国内流量，超出后每GB收5元。",
            "如何办理(客户口径)": f"您可以在APP里搜索{title}自己办理，办好当月生效。",
            "如何办理(步骤)": f"打开APP搜索{number}号\n选择套餐并确认\n收到短信就办好了",
        }


def write(kind: str, path: Path, count: int) -> None:
    """The rows as a file of one kind."""
    {"xlsx": _write_book, "csv": _write_csv, "jsonl": _write_lines}[kind](path, count)


def _write_csv(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADINGS)
        writer.writeheader()
        writer.writerows(rows(count))


def _write_lines(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows(count):
            facets = [
                {
                    "kind": "overview",
                    "official": row["简介(官方口径)"],
                    "customer": row["简介(客户口径)"],
                },
                {"kind": "price", "official": row["资费"], "customer": row["资费"]},
                {
                    "kind": "open",
                    "official": row["如何办理(客户口径)"],
                    "customer": row["如何办理(客户口径)"],
                    "steps": row["如何办理(步骤)"].split("\n"),
                },
            ]
            item = {
                "id": row["编号"],
                "library": "business",
                "title": row["标题"],
                "similar_questions": row["相似问法"].split("\n"),
                "aliases": [row["别名"]],
                "codes": [{"system": "boss", "value": row["BOSS编码"]}],
                "effective_from": row["生效日期"],
                "owner": row["责任部门"],
                "weight": int(row["权重"]),
                "facets": facets,
            }
            file.write(json.dumps(item, ensure_ascii=False) + "\n")


_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_CT: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _write_book(path: Path, count: int) -> None:
    """A workbook as Excel saves it: every different text once, in a table of its own."""
    strings: dict[str, int] = {}
    letters = [chr(ord("A") + n) for n in range(len(HEADINGS))]

    def cells(number: int, values: Iterator[tuple[str, str]]) -> str:
        made = []
        for letter, (heading, value) in zip(letters, values, strict=True):
            if heading in _WHOLE and number > 1:
                made.append(f'<c r="{letter}{number}"><v>{value}</v></c>')
            else:
                place = strings.setdefault(value, len(strings))
                made.append(f'<c r="{letter}{number}" t="s"><v>{place}</v></c>')
        return f'<row r="{number}">{"".join(made)}</row>'

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            sheet.write(cells(1, iter([(h, h) for h in HEADINGS])).encode())
            for number, row in enumerate(rows(count), 2):
                sheet.write(cells(number, iter(row.items())).encode())
            sheet.write(b"</sheetData></worksheet>")
        with book.open("xl/sharedStrings.xml", "w", force_zip64=True) as table:
            table.write(f'<sst xmlns="{_MAIN}">'.encode())
            for text in strings:
                table.write(f'<si><t xml:space="preserve">{escape(text)}</t></si>'.encode())
            table.write(b"</sst>")
        for name, text in _PARTS.items():
            book.writestr(name, text)


_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_CT}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_CT}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_CT}.styles+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_CT}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
    '<sheet name="条目" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_REL}/styles" Target="styles.xml"/>'
    f'<Relationship Id="r3" Type="{_REL}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1">'
    '<fill><patternFill/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="1"><xf/></cellXfs></styleSheet>',
}


def environment(place: Path) -> dict[str, str]:
    """The settings of a store of its own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ZHIKU_")}
    return own | {"ZHIKU_STORE_URL": f"sqlite:///{place / 'zhiku.db'}"}


def measured(path: Path, place: Path, *options: str) -> dict[str, object]:
    """Imports a file in a process of its own and reports its time and peak memory."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_rows", "--child", str(path), *options],
        cwd=ROOT,
        env=environment(place),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(done.stderr)
    report = json.loads(done.stdout)
    kept = {name: report[name] for name in ("new", "changed", "unchanged")}
    used = json.loads(done.stderr.rpartition(_USED)[2])
    return {**kept, "seconds": round(seconds, 1), **used}


def _child(arguments: list[str]) -> None:
    """The import itself; afterwards, the time and memory that this process has used."""
    import zhiku

    sys.argv = ["zhiku", "corpus", "import", *arguments, "--json"]
    try:
        zhiku.main()
    finally:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        used = {
            "cpu_seconds": round(time.process_time(), 1),
            "peak_rss_mib": round(int(peak.split()[1]) / 1024),
        }
        sys.stderr.write(_USED + json.dumps(used))


def _main() -> None:
    if sys.argv[1:2] == ["--child"]:
        _child(sys.argv[2:])
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--kinds", default="xlsx,csv,jsonl")
    chosen = parser.parse_args()
    for kind in chosen.kinds.split(","):
        with TemporaryDirectory(prefix="zhiku-rows-") as folder:
            place = Path(folder)
            path = place / f"rows.{kind}"
            write(kind, path, chosen.rows)
            first = measured(path, place)
            again = measured(path, place)
            speed = round(chosen.rows / float(str(first["seconds"])))
            size = round(path.stat().st_size / 2**20, 1)
            told = {"kind": kind, "rows": chosen.rows, "file_mib": size, "rows_per_second": speed}
            print(
                json.dumps(told | {"first": first, "again": again}, ensure_ascii=False), flush=True
            )


if __name__ == "__main__":
    _main()
