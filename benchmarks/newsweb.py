"""A web of invented newspapers on loopback: feeds and pages of realistic size, from a seed.

    python benchmarks/newsweb.py --pages 2000        # prints its port, serves until stopped

Host n is 127.0.3.n. Every hundredth page is about the treaty.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

HOSTS, FEEDS = 40, 60
START = datetime(2026, 11, 1, tzinfo=UTC)
WORDS = {
    "en": (
        "the harbour council storm ferry market school river bridge farmers minister budget season"
        " team coach match visitors museum train road hospital nurses doctors weather island coast"
        " winter summer price grain export factory workers union strike election vote mayor police"
        " court judge festival music film writer garden forest fire rescue boat fishermen tourists"
        " airport airline company bank rates loan housing rent teachers pupils exam research"
    ),
    "ar": (
        "قال المجلس إن العاصفة أغلقت الميناء صباح اليوم وعادت العبارات إلى العمل بعد الظهر في"
        " المدرسة النهر الجسر المزارعون الوزير الموازنة الموسم الفريق المدرب المباراة الزوار"
        " القطار الطريق المستشفى الأطباء الطقس الجزيرة الساحل الشتاء الصيف الأسعار الحبوب التصدير"
        " المصنع العمال النقابة الانتخابات البلدية الشرطة المحكمة القاضي المهرجان الموسيقى الكاتب"
    ),
    "vi": (
        "hội đồng thành phố cho biết cơn bão đã đóng cửa bến cảng sáng nay và phà chạy"
        " lại buổi chiều"
        " chợ trường học dòng sông cây cầu nông dân bộ trưởng ngân sách mùa giải đội bóng trận đấu"
        " du khách bảo tàng đường sắt bệnh viện bác sĩ thời tiết hòn đảo bờ biển mùa đông giá lúa"
        " xuất khẩu nhà máy công nhân công đoàn bầu cử thị trưởng tòa án lễ hội âm nhạc nhà văn"
    ),
}
TREATY = {
    "en": (
        "The UN Convention against Cybercrime will help police share evidence faster and protect"
        " victims of fraud, the minister said. Rights groups warn that the UN Convention against"
        " Cybercrime could be used to spy on journalists and critics."
    ),
    "ar": (
        "قال الوزير إن اتفاقية الأمم المتحدة لمكافحة الجريمة السيبرانية ستسرع تبادل الأدلة وتحمي"
        " الضحايا. وحذرت منظمات حقوقية من أن اتفاقية الأمم المتحدة لمكافحة الجريمة السيبرانية قد"
        " تستخدم للتجسس على الصحفيين والمنتقدين."
    ),
    "vi": (
        "Bộ trưởng nói Công ước Hà Nội về tội phạm mạng sẽ giúp chia sẻ chứng cứ nhanh hơn và"
        " bảo vệ nạn nhân. Các nhóm nhân quyền cảnh báo Công ước Hà Nội về tội phạm mạng"
        " có thể bị dùng để"
        " theo dõi nhà báo và người chỉ trích."
    ),
}
TITLES = {
    "en": "Ministers debate the UN Convention against Cybercrime",
    "ar": "الوزراء يناقشون اتفاقية الأمم المتحدة لمكافحة الجريمة السيبرانية",
    "vi": "Các bộ trưởng thảo luận Công ước Hà Nội về tội phạm mạng",
}
# What off-topic papers also write about: it passes the sieve and is not about the treaty.
NEAR = {
    "en": " A cyber security firm opened an office in the harbour.",
    "ar": " وأعلنت شركة للأمن السيبراني عن دورات عبر البريد الإلكتروني.",
    "vi": " Công an cảnh báo tội phạm mạng lừa đảo người già.",
}
NEAR_SHARE = {"en": 0.1, "ar": 0.5, "vi": 0.1}


@dataclass(frozen=True)
class Story:
    """One generated page."""

    number: int
    host: int
    feed: int
    language: str
    is_treaty: bool

    @property
    def path(self) -> str:
        """Return the page's path on its host."""
        return f"/news/2026/11/story-of-the-day-in-town-{self.number}.html"

    @property
    def at(self) -> datetime:
        """Return when it was published."""
        return START + timedelta(minutes=7 * self.number)


def stories(pages: int) -> list[Story]:
    """Return the pages, spread over feeds, hosts and languages."""
    languages = ("en", "ar", "vi")
    found = []
    for number in range(pages):
        feed = number % FEEDS
        spoken = languages[feed % 3]
        found.append(Story(number, feed % HOSTS + 1, feed, spoken, number % 100 == 37))
    return found


def render(story: Story) -> str:
    """Return a page: a newspaper's head, menus, scripts and boxes around the article."""
    chance = random.Random(story.number)
    title, body = article(story, chance)
    furniture = "".join(
        f'<li class="item"><a href="/section/{n}/{sentence(story.language, chance, 2)[:20]}">'
        f"{escape(sentence(story.language, chance, 3))}</a></li>"
        for n in range(chance.randint(40, 160))
    )
    script = (
        "window.dataLayer=window.dataLayer||[];(function(a,b){return a+b})(1,2);"
        * chance.randint(200, 1_500)
    )
    return (
        f'<!doctype html><html lang="{story.language}"><head><meta charset="utf-8">'
        f"<title>{escape(title)} | Paper {story.host}</title>"
        f'<meta property="og:title" content="{escape(title)}">'
        '<meta property="og:type" content="article">'
        f'<meta property="og:site_name" content="Paper {story.host}">'
        f'<meta property="article:published_time" content="{story.at.isoformat()}">'
        f"<script>{script}</script><style>{'.a{color:red}' * 400}</style></head><body>"
        f"<header><nav><ul>{furniture}</ul></nav></header><main><article><h1>{escape(title)}</h1>"
        f"{body}</article><aside class='related'><ul>{furniture[:6000]}</ul></aside></main>"
        f"<footer><ul>{furniture[:4000]}</ul></footer></body></html>"
    )


def article(story: Story, chance: random.Random) -> tuple[str, str]:
    """Return the title and the paragraphs as HTML."""
    paragraphs = [
        " ".join(sentence(story.language, chance, 12) for _ in range(chance.randint(2, 5)))
        for _ in range(chance.randint(6, 22))
    ]
    title = sentence(story.language, chance, 8).rstrip(".") + f" {story.number}"
    if story.is_treaty:
        title = f"{TITLES[story.language]} {story.number}"
        paragraphs[1:1] = [TREATY[story.language], TREATY[story.language]]
    elif chance.random() < NEAR_SHARE[story.language]:
        paragraphs[2] += NEAR[story.language]
    return title, "".join(f"<p>{escape(each)}</p>" for each in paragraphs)


def sentence(language: str, chance: random.Random, words: int) -> str:
    """Return an invented sentence."""
    chosen = chance.choices(WORDS[language].split(), k=words)
    return " ".join(chosen).capitalize() + "."


def render_feed(found: list[Story]) -> str:
    """Return the RSS feed of some stories."""
    items = "".join(
        f"<item><title>{escape(article(story, random.Random(story.number))[0])}</title>"
        f"<link>{story.path}</link><guid>{story.path}</guid>"
        f"<pubDate>{format_datetime(story.at)}</pubDate></item>"
        for story in found
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>P</title>{items}</channel></rss>'
    )


class NewsWeb:
    """Answer from the generated pages; keep-alive and gzip as real servers do."""

    def __init__(self, pages: int) -> None:
        self.pages = {(story.host, story.path): story for story in stories(pages)}
        self.feeds: dict[tuple[int, str], list[Story]] = {}
        for story in self.pages.values():
            self.feeds.setdefault((story.host, f"/feed/{story.feed}.xml"), []).append(story)

    def body(self, host: int, path: str) -> tuple[str, str] | None:
        """Return the body and the media type of an address; None when there is nothing."""
        if (host, path) in self.feeds:
            return render_feed(self.feeds[host, path]), "application/rss+xml"
        story = self.pages.get((host, path))
        return (render(story), "text/html; charset=utf-8") if story else None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until its client leaves."""
        host = int(writer.get_extra_info("sockname")[0].rpartition(".")[2])
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(self._answer(host, head))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, host: int, head: bytes) -> bytes:
        found = self.body(host, head.split(b" ", 2)[1].decode())
        if found is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        raw, extra = found[0].encode(), ""
        if b"gzip" in head:
            raw, extra = gzip.compress(raw, 1), "Content-Encoding: gzip\r\n"
        lines = f"Content-Type: {found[1]}\r\n{extra}Content-Length: {len(raw)}\r\n\r\n"
        return b"HTTP/1.1 200 OK\r\n" + lines.encode() + raw


async def main(pages: int) -> None:
    """Serve until the process is ended."""
    web = NewsWeb(pages)
    first = await asyncio.start_server(web.serve, "127.0.3.1", 0)
    port = first.sockets[0].getsockname()[1]
    hosts = [f"127.0.3.{n}" for n in range(2, HOSTS + 1)]
    rest = await asyncio.start_server(web.serve, hosts, port)
    print(port, flush=True)
    async with first, rest:
        await asyncio.gather(first.serve_forever(), rest.serve_forever())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2_000)
    asyncio.run(main(parser.parse_args().pages))
