"""The WARC file that backfill.py takes in: invented pages, each drawn from its number alone."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from pathlib import Path

import newsweb

LANGUAGES = ("en", "ar", "vi", "fr", "ru")
OTHERS = {
    "fr": "le conseil du port annonce que la tempête ferme le marché ce matin puis le ferry revient"
    " après midi avec les agriculteurs le ministre le budget la saison l'équipe le musée la gare",
    "ru": "совет порта сообщил что буря закрыла рынок сегодня утром а паром вернулся после обеда"
    " школа река мост фермеры министр бюджет сезон команда тренер матч музей поезд больница",
}
# Of 228 real pages 8.5% in English, 3 of 8 in Arabic and none of 20 in Vietnamese passed.
NEAR_SHARE = {"en": 0.085, "ar": 0.3, "vi": 0.01, "fr": 0.0, "ru": 0.0}
SEED = 79243


def url_of(story: newsweb.Story) -> str:
    """Return the address of a page in the archive."""
    return f"https://paper{story.host}.example{story.path}"


def story_of(number: int) -> newsweb.Story:
    """Return the page of a number; every hundredth is about the treaty."""
    is_treaty = number % 100 == 37
    spoken = LANGUAGES[number % (3 if is_treaty else len(LANGUAGES))]
    return newsweb.Story(number, number % newsweb.HOSTS + 1, 0, spoken, is_treaty)


def part_of(pages: int, most: int) -> list[int]:
    """Draw whole hundreds of the pages, so that the part holds its 1% of treaty pages exactly."""
    hundreds = range(pages // 100)
    drawn = random.Random(SEED).sample(hundreds, min(len(hundreds), max(1, most // 100)))
    return [hundred * 100 + n for hundred in sorted(drawn) for n in range(100)]


def write_archive(path: Path, numbers: Iterable[int]) -> float:
    """Write the WARC file of some pages; return its megabytes of HTML."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    newsweb.WORDS.update(OTHERS)
    newsweb.NEAR_SHARE.update(NEAR_SHARE)
    newsweb.NEAR.update(dict.fromkeys(OTHERS, ""))
    size = 0
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number in numbers:
            story = story_of(number)
            body = newsweb.render(story).encode()
            size += len(body)
            head = StatusAndHeaders(
                "200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
            )
            url = url_of(story)
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=head,
                warc_headers_dict={"WARC-Date": "2027-03-01T00:00:00Z"},
            )  # fmt: skip
            writer.write_record(record)
    return size / 1e6
