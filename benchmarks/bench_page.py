"""The page about the benchmarks, from what is kept of each. A failure is said, never hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_results import Made, Result
from bench_sections import Section, section_of, table

HEAD = """# Benchmarks

Written by `make bench`; do not edit. Each benchmark compares with what a user would pick instead,
in the same run. Seconds are those of the machine below with all that ran beside; ratios hold
better.

```sh
make bench                # all, in full: hours
make bench SIZE=small     # all, in minutes; the page then lies in build/bench
make bench ONLY=fetch     # one; the others keep their last results
```
<!-- not run: it takes hours -->
"""
STATES = {"done": "done", "failed": "**failed**", "skipped": "**skipped**"}


@dataclass(frozen=True)
class Shown:
    """A benchmark of the list and what is kept of it."""

    name: str
    question: str
    result: Result | None

    @property
    def section(self) -> Section | None:
        """Return its part of the page; None when it never gave figures."""
        if self.result is None or self.result.made is None:
            return None
        return section_of(self.name, self.result.figures)


def write(page: Path, shown: Sequence[Shown]) -> None:
    """Write the page, and its plots into the folder beside it that has its name."""
    plots = page.with_suffix("")
    plots.mkdir(parents=True, exist_ok=True)
    sections = {each.name: each.section for each in shown}
    for name, section in sections.items():
        if section and section.plot:
            (plots / f"{name}.svg").write_text(section.plot + "\n", "utf-8")
    parts = [HEAD, overview(shown, sections)]
    parts += [part(each, sections[each.name], plots.name) for each in shown]
    page.write_text("\n".join(parts), "utf-8")


def overview(shown: Sequence[Shown], sections: dict[str, Section | None]) -> str:
    """Return the table of all benchmarks: what came out, and how the last try ended."""
    rows = []
    for each in shown:
        section, result = sections[each.name], each.result
        state = f"{STATES[result.status]}, {day(result.tried_at)}" if result else "**not run**"
        rows.append((f"[{each.name}](#{each.name})", section.headline if section else "", state))
    return table(("benchmark", "found", "last try"), rows)


def part(shown: Shown, section: Section | None, plots: str) -> str:
    """Return one benchmark's part of the page."""
    lines = [f"## {shown.name}", f"{shown.question}."]
    result = shown.result
    if result is None:
        return "\n\n".join([*lines, "**Not run yet.**"]) + "\n"
    if result.status != "done":
        older = " The figures below are older." if section else " There are no figures."
        tried = f"The last try, {day(result.tried_at)}, was {result.status}: {result.why}."
        lines.append(f"**{tried}**{older}")
    if section is not None and result.made is not None:
        lines += [f"**{section.headline}.**"] if section.headline else []
        lines.append(section.body.strip())
        if section.plot:
            lines.append(f"![{section.plot_says}]({plots}/{shown.name}.svg)")
        lines.append(made_of(result.made))
    return "\n\n".join(lines) + "\n"


def made_of(made: Made) -> str:
    """Return when, where and with what figures were made."""
    machine = made.machine
    versions = ", ".join(f"{name} {version}" for name, version in made.versions.items())
    return (
        f"`{made.command}`, {day(made.at)}, {made.seconds / 60:.0f} minutes; "
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{machine['system']}; load {made.load[0]} before and {made.load[1]} after. {versions}."
    )


def day(moment: str) -> str:
    """Return the day of a moment."""
    return moment[:10]
