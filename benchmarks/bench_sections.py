"""What the page says of each benchmark: a headline, tables, and a plot, from its figures alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bench_charts as charts

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """One benchmark's part of the page."""

    headline: str
    body: str = ""
    plot: str = ""  # SVG
    plot_says: str = ""  # for those who do not see it


def section_of(name: str, figures: Figures) -> Section:
    """Return the section of a benchmark; one without a section of its own shows all it printed."""
    return SECTIONS.get(name, plain)(figures)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table, numbers to the right."""
    found = [[_cell(value) for value in row] for row in rows]
    numeric = [all(not row[at] or _is_number(row[at]) for row in found) for at in range(len(head))]
    marks = ["---:" if right else "---" for right in numeric]
    lines = [head, marks, *found]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def yes(value: bool) -> str:
    """Return a truth in a word, so that a wrong one cannot be overlooked."""
    return "yes" if value else "**no**"


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return yes(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1000 else str(value)


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").replace("-", "").replace("e", "").isdigit()


# --- one a benchmark ---------------------------------------------------------------------------


def fetch(figures: Figures) -> Section:
    """Say how the daily run compares with a script."""
    ways = {
        "flow": "the daily run",
        "flow-without-sieve": "the daily run, every page extracted",
        "script": "the script",
    }
    found = {name: figures[name] for name in ways if name in figures}
    ratio = figures.get("times_faster")
    headline = (
        f"The daily run is {ratio} times faster and takes {figures['times_less_cpu']} times less "
        "CPU time"
        if ratio
        else "The script was left out"
    )
    right = all(figures["right"].values())
    rows = [
        (
            ways[name], each["seconds"], each["cpu_seconds"], each["articles"], each["treaty"],
            each.get("peak_mb", {}).get("all", ""), " to ".join(map(str, each["load"])),
        )
        for name, each in found.items()
    ]  # fmt: skip
    peaks = figures["flow"]["peak_mb"]
    body = (
        f"{figures['pages']:,} pages of 60 feeds on 40 hosts of this machine, no politeness "
        f"delays; {figures['treaty_pages']} of them are about the treaty. All ways find exactly "
        "these: "
        f"{yes(right and figures['same'])}.\n\n"
        + table(("way", "seconds", "CPU seconds", "articles", "treaty", "peak MB", "load"), rows)
        + "\nPeak memory by stage, MB: "
        + ", ".join(f"{stage} {mb:,}" for stage, mb in peaks.items() if stage != "all")
        + ".\n"
    )
    plotted = [
        {"name": ways[name], "value": each["seconds"], "kind": "seconds"}
        for name, each in found.items()
    ]
    plot = charts.bars(plotted, f"{figures['pages']:,} pages", "seconds of wall time")
    return Section(headline, body, plot, "Seconds of the daily run and of the script")


def backfill(figures: Figures) -> Section:
    """Say what the sieve saves and whether kills cost anything."""
    alone, whole = figures["one_process"], figures["sieve"]
    both = figures.get("both_ways")
    ways = [("with the sieve, all pages", figures["pages"], whole)]
    if both:
        which = "all pages" if both["is_whole_file"] else "the drawn pages"
        ways += [
            (f"with the sieve, {which}", both["pages"], both["sieve"]),
            (f"every page extracted, {which}", both["pages"], both["every_page"]),
        ]
    rows = [
        (
            words, pages, each["stage_seconds"]["total"],
            round(pages / each["stage_seconds"]["total"], 1), each["treaty"],
            each["own_mb"]["first_quarter"], each["own_mb"]["last_quarter"],
            each["peak_mb_with_workers"],
        )
        for words, pages, each in ways
    ]  # fmt: skip
    body = _sieve_words(figures, alone) + _part_words(figures, both) + "\n"
    body += table(
        ("run", "pages", "seconds", "pages a second", "treaty", "MB, first quarter",
         "MB, last quarter", "peak MB with workers"), rows,
    )  # fmt: skip
    body += _kill_words(figures)
    plotted = [
        {"name": name, "value": alone[key], "kind": "ms"}
        for name, key in (("sieve", "sieve_ms"), ("extraction", "extract_ms"))
    ]
    plot = charts.bars(plotted, "One page in one process", "milliseconds of one core")
    headline = f"The sieve is {alone['extract_to_sieve']} times faster than extracting a page"
    return Section(headline, body, plot, "Milliseconds a page: the sieve and extraction")


def _sieve_words(figures: Figures, alone: Figures) -> str:
    return (
        f"A file of {figures['pages']:,} pages ({figures['html_mb']:,} MB of HTML). In one process "
        f"the sieve takes {alone['sieve_ms']} ms a page and extraction {alone['extract_ms']} ms, "
        f"{alone['extract_to_sieve']} times as long ({alone['extract_to_warc_and_sieve']} times "
        f"with the reading of the file counted on the sieve's side). {alone['passed_share']:.1%} "
        "of the pages pass and are extracted. Every treaty page of the file was found: "
        f"{yes(figures['every_treaty_page_found'])}.\n"
    )


def _part_words(figures: Figures, both: Figures | None) -> str:
    if not both:
        return "\nExtracting every page was left out.\n"
    part = "" if both["is_whole_file"] else (
        f"\n**Not on the whole file:** extracting every page was measured on {both['pages']:,} of "
        f"the {figures['pages']:,} pages, whole hundreds drawn from the same file with a seed, and "
        "the sieve on the same pages beside it.\n"
    )  # fmt: skip
    return part + (
        f"\nThe whole command, Prefect's start apart, is {both['speed_up_of_the_run']} times "
        "faster with the sieve, and finds the same treaty articles: "
        f"{yes(both['same_treaty_articles'])}.\n"
    )


def _kill_words(figures: Figures) -> str:
    if "killed_at_share" not in figures:
        return "\nIt was not killed.\n"
    shares = ", ".join(f"{share:.0%}" for share in figures["killed_at_share"])
    return (
        f"\nKilled with all its processes at {shares} of the file and started again each time, it "
        f"ended with the same rows: {yes(figures['same_rows_after_kills'])}.\n"
    )


def orchestration(figures: Figures) -> Section:
    """Say what Prefect takes and how a run grows."""
    runs = figures["runs"]
    head = ("pages", "run s", "pages a second", "Prefect's share", "peak MB", "database MB", "rows")
    rows = [
        (
            run["pages"], run["run_seconds"], round(run["pages"] / run["run_seconds"], 1),
            f"{run['prefect_share']:.1%}", run["peak_mb"], run["database_mb"], run["rows"],
        )
        for run in runs
    ]  # fmt: skip
    grown = figures["growth"]
    first, last = runs[0]["pages"], runs[-1]["pages"]
    body = table(head, rows) + (
        f"\nFrom {first:,} to {last:,} pages each page took {grown['run_seconds']} times as long, "
        f"made {grown['rows']} times as many rows and needed {grown['peak_mb']} times the memory "
        "(1: growth is linear; below: less). Prefect's share is the time, after its server "
        "answers, in which no stage was at work.\n"
    )
    plotted = [
        {"x": r["pages"], "seconds": r["run_seconds"], "peak MB": r["peak_mb"]} for r in runs
    ]
    plot = charts.lines(plotted, "A daily run by its pages", "pages", ("seconds", "peak MB"))
    share = max(run["prefect_share"] for run in runs if run["pages"] >= min(2_000, last))
    headline = f"Prefect takes {share:.1%} of a run of {min(2_000, last):,} pages or more"
    return Section(headline, body, plot, "Seconds and memory of a run grow with its pages")


def storage(figures: Figures) -> Section:
    """Say how fast the views answer and how SQLite does."""
    views = figures["views"]
    rows = [
        (
            f"`{name}`", each["p50"], each["p95"],
            *(figures.get(key, {}).get(name, {}).get("p50", "") for key in _SQLITE),
            *(figures.get(key, {}).get(name, "") for key in _RATIOS),
        )
        for name, each in views.items()
    ]  # fmt: skip
    rows += [
        (f"`trends` {name}", t["p50"], t["p95"], *[""] * 6) for name, t in figures["trends"].items()
    ]
    slow = ", ".join(f"`{name}`" for name in figures["views_too_slow"]) or "none"
    body = (
        f"{figures['articles']:,} articles of ten years with ten passages each, "
        f"{figures['memory_limit']} of memory and two threads allowed; {figures['file_mb']:,} MB. "
        f"Loaded on {figures.get('loaded_on', 'this day')} at {figures['articles_per_s']:,} "
        f"articles and {figures['passages_per_s']:,} passages a second; what the views read is "
        f"derived in {figures['derive_views_s']} s. A day's 1,000 new articles take "
        f"{figures['append_1000_s']} s. Views over 0.3 s at p95 that "
        f"also take over twice a scan of their rows: {slow}.\n\n"
        + table(("question", "p50 s", "p95 s", "SQLite", "joined", "times", "from rows",
                 "joined times", "joined from rows"), rows)
        + "\n*SQLite* holds the same tables with indexes and views over them; *joined* is SQLite "
        "given what treatywatch derives when it writes, the joined rows, with covering indexes "
        "made for these questions (medians, seconds). The views by day, week and month and the "
        "themes read counts that are kept when rows are written: *from rows* sets the same "
        "counting from rows here against SQLite.\n"
    )  # fmt: skip
    return _with_sqlite(figures, views, body)


_SQLITE = ("sqlite_tables", "sqlite_joined")
_RATIOS = ("ratios", "ratios_from_rows", "ratios_joined", "ratios_joined_from_rows")


def _with_sqlite(figures: Figures, views: Figures, body: str) -> Section:
    if "ratios" not in figures:
        return Section("SQLite was left out", body)
    sides = (("treatywatch", views), ("SQLite", figures["sqlite_tables"]),
             ("SQLite, joined", figures["sqlite_joined"]))  # fmt: skip
    plotted = [
        {"name": name, "value": side[name]["p50"] * 1000, "kind": kind}
        for name in figures["sqlite_tables"]
        for kind, side in sides
    ]
    plot = charts.bars(plotted, "Median of each question", "milliseconds (log)", log=True)
    median, rows, joined, joined_rows = (figures[key]["median"] for key in _RATIOS)
    headline = (
        f"Questions are answered {median} times faster in the median than by SQLite with the same "
        f"tables ({rows} times when all is counted from rows), {joined} times faster than by "
        f"SQLite given joined rows and covering indexes ({joined_rows} times from rows)"
    )
    return Section(headline, body, plot, "Milliseconds of each view and of SQLite")


def stance(figures: Figures) -> Section:
    """Say how the shipped model compares with torch."""
    speeds = figures["passages_a_second"]
    body = table(("way", "passages a second"), speeds.items()) + (
        f"\n{figures['passages']:,} passages; the same label as the pipeline on "
        f"{figures['labels_equal_pipeline']:.1%} of them; at most "
        f"{figures['peak_megabytes']:,.0f} MB, loaded in {figures['load_seconds']} s.\n"
    )
    plotted = [{"name": name, "value": value, "kind": "speed"} for name, value in speeds.items()]
    plot = charts.bars(plotted, "Scoring on this machine's cores", "passages a second")
    headline = (
        f"The shipped model is {figures['times_pipeline']} times faster than the transformers "
        f"pipeline and {figures['times_batched']} times faster than sorted batches in torch"
    )
    return Section(headline, body, plot, "Passages a second by way of scoring")


def plain(figures: Figures) -> Section:
    """Show all figures by name."""
    rows = [(name, value) for name, value in figures.items() if not isinstance(value, dict | list)]
    return Section("", table(("figure", "value"), rows))


SECTIONS: dict[str, Callable[[Figures], Section]] = {
    "fetch": fetch,
    "backfill": backfill,
    "orchestration": orchestration,
    "storage": storage,
    "stance": stance,
}
