# ruff: noqa: E501
"""A week of an invented press, made by hand: every outlet, name and sentence is fictional."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from treatywatch.config.treaty import load_treaty
from treatywatch.news.week_input import (
    FeedDown,
    ModelUse,
    NewOutlet,
    Omissions,
    StanceDrift,
    ThemeCount,
    WeekArticle,
    WeekInput,
    WeeklyCount,
    WeekPassage,
    WeekTotal,
)
from treatywatch.news.weekly import IsoWeek

WEEK = IsoWeek(2026, 47)

SENTENCES = {
    ("en", "hope"): [
        (
            "The prosecutor called the convention a lifeline for small states that cannot chase stolen money alone.",
            ("cooperation", "evidence"),
        ),
        (
            "With a contact point that answers at any hour, she said, the treaty will spare victims weeks of waiting.",
            ("cooperation", "victims"),
        ),
        (
            "Trainers from nine countries have already promised help, and officials praised the pact as fair to newcomers.",
            ("capacity",),
        ),
        (
            "The minister welcomed the text as the first common rulebook that every region helped to write.",
            ("global_order",),
        ),
    ],
    ("en", "concern"): [
        (
            "Campaigners warned that the treaty lets any government ask another to listen in on its own citizens.",
            ("surveillance", "privacy"),
        ),
        (
            "Its list of crimes is so wide, the lawyers wrote, that a sharp cartoon could fall under it.",
            ("vagueness", "expression"),
        ),
        (
            "Security testers fear that the convention would punish them for reporting the holes they find.",
            ("researchers",),
        ),
        (
            "The safeguards are left to each capital, and nobody is charged with checking them, the panel objected.",
            ("weak_safeguards",),
        ),
    ],
    ("ar", "hope"): [
        (
            "وصف المدعي العام الاتفاقية بأنها طوق نجاة للدول الصغيرة التي تعجز وحدها عن تتبع الأموال المسروقة.",
            ("evidence", "cooperation"),
        ),
        (
            "وأكدت الوزيرة أن المعاهدة ستحمي الأطفال من الابتزاز وتمنح الضحايا طريقًا أقصر إلى العدالة.",
            ("victims",),
        ),
        (
            "ورحب خبراء بالاتفاقية لأنها تفتح باب التدريب والدعم التقني أمام الدول النامية.",
            ("capacity",),
        ),
    ],
    ("ar", "concern"): [
        (
            "وحذرت منظمات حقوقية من أن الاتفاقية تمنح الحكومات ذريعة جديدة لملاحقة منتقديها في الخارج.",
            ("repression", "expression"),
        ),
        (
            "ويرى محامون أن نصوص المعاهدة فضفاضة إلى حد يسمح بمراقبة الصحفيين بلا إذن قضائي.",
            ("surveillance", "vagueness"),
        ),
        (
            "وانتقد باحثون غياب أي جهة تراقب تطبيق ضمانات الاتفاقية على أرض الواقع.",
            ("weak_safeguards",),
        ),
    ],
    ("vi", "hope"): [
        (
            "Bà thứ trưởng nói công ước sẽ giúp các nước nghèo được đào tạo và hỗ trợ kỹ thuật lâu dài.",
            ("capacity",),
        ),
        (
            "Giới chức ca ngợi công ước là bước tiến lịch sử, đặt ra luật chơi chung cho không gian mạng.",
            ("global_order", "standing"),
        ),
        (
            "Nhờ công ước, nạn nhân lừa đảo qua mạng có cơ hội lấy lại tiền nhanh hơn, ông nhận định.",
            ("victims", "evidence"),
        ),
        (
            "Việc đăng cai lễ mở ký công ước cho thấy lòng tin của thế giới dành cho nước chủ nhà.",
            ("standing",),
        ),
    ],
    ("vi", "concern"): [
        (
            "Một số chuyên gia lo công ước để ngỏ khả năng dữ liệu cá nhân bị trao đi quá dễ dàng.",
            ("privacy",),
        ),
        (
            "Doanh nghiệp ngại rằng công ước buộc họ lưu giữ dữ liệu quá lâu với chi phí quá lớn.",
            ("industry",),
        ),
    ],
}
AROUND = {
    "en": (
        "The talks went on until midnight. Delegates had argued over two words.",
        "The hall was quiet. Nobody asked for the floor.",
    ),
    "ar": (
        "استمرت الجلسة حتى منتصف الليل. واختلف المندوبون على كلمتين.",
        "ساد القاعة هدوء طويل. ولم يطلب أحد الكلمة.",
    ),
    "vi": (
        "Phiên họp kéo dài đến nửa đêm. Các đoàn tranh luận về hai chữ.",
        "Hội trường im lặng. Không ai xin phát biểu.",
    ),
}
OUTLETS = {
    "en": [
        "The Harbour Courier",
        "Northgate Post",
        "Daily Lantern",
        "Signal & Wire",
        "Plain Talk Review",
    ],
    "ar": ["صحيفة المنارة", "وكالة الضفاف", "جريدة الأفق اليومية", "موقع السطر"],
    "vi": ["Báo Bến Sông", "Tin Sớm", "Nhật báo Đồng Xanh", "Thời Luận Mới"],
}
TITLES = {
    "en": [
        "Treaty on cybercrime: who will answer the phone?",
        "What the new convention asks of small states",
        "A pact with long arms",
    ],
    "ar": [
        "معاهدة الجرائم السيبرانية: من يرد على الهاتف؟",
        "ماذا تطلب الاتفاقية الجديدة من الدول الصغيرة؟",
        "اتفاقية طويلة الذراع",
    ],
    "vi": [
        "Công ước chống tội phạm mạng: ai sẽ nghe máy?",
        "Công ước mới đòi hỏi gì ở các nước nhỏ?",
        "Một công ước cánh tay dài",
    ],
}
MIX = {
    "en": (["concerns"] * 9 + ["hopes"] * 5 + ["mixed"] * 4 + ["neutral"] * 3),
    "ar": (["concerns"] * 5 + ["hopes"] * 5 + ["mixed"] * 2 + ["neutral"] * 2),
    "vi": (["hopes"] * 11 + ["neutral"] * 5 + ["mixed"] * 1 + ["concerns"] * 1),
}
SCORES = {
    "hopes": (0.82, 0.1),
    "concerns": (0.12, 0.85),
    "mixed": (0.6, 0.6),
    "neutral": (0.1, 0.1),
}


def make_article(number: int, language: str, label: str, **changes: object) -> WeekArticle:
    """Make one article of the week; everything follows from its number."""
    day = WEEK.monday + timedelta(days=number % 7)
    hope, concern = SCORES[label]
    made = WeekArticle(
        article_id=f"{language}{number:05d}",
        url=f"https://{language}{number % 5}.example/news/{number}",
        title=TITLES[language][number % 3],
        outlet=OUTLETS[language][number % len(OUTLETS[language])],
        language=language,
        published_at=datetime(day.year, day.month, day.day, 8, number % 60, tzinfo=UTC),
        published_date=day,
        label=label,  # type: ignore[arg-type]
        hope_score=hope,
        concern_score=concern,
        balance=(hope - concern) / (hope + concern),
        confidence=0.7 + (number % 7) / 25,
        is_sure=number % 9 != 8,
        story_id=f"story-{language}-{number - number % 2 if number % 6 == 1 else number}",
        is_duplicate=number % 6 == 1,
        model_id="bundled-1",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def make_passages(article: WeekArticle, number: int) -> list[WeekPassage]:
    """Make the passages of an article: one for each side it takes."""
    sides = {"hopes": ["hope"], "concerns": ["concern"], "mixed": ["hope", "concern"]}
    made = []
    before, after = AROUND[article.language]
    for position, side in enumerate(sides.get(article.label, []), start=2):
        pool = SENTENCES[article.language, side]
        text, themes = pool[number % len(pool)]
        strong = 0.78 + (number % 5) / 25
        scores = (
            {"hope": strong, "concern": 0.05}
            if side == "hope"
            else {"hope": 0.05, "concern": strong}
        )
        made.append(
            WeekPassage(
                article.article_id,
                position,
                text,
                themes=themes,
                before=before,
                after=after,
                **scores,
            )
        )
    return made


def count_week(articles: list[WeekArticle], week: IsoWeek) -> list[WeeklyCount]:
    groups: dict[str, list[WeekArticle]] = defaultdict(list)
    for article in articles:
        groups[article.language].append(article)
    rows = []
    for language, group in sorted(groups.items()):
        labels = Counter(article.label for article in group)
        rows.append(
            WeeklyCount(
                week,
                language,
                len(group),
                len({a.story_id for a in group}),
                len({a.outlet for a in group}),
                labels["hopes"],
                labels["concerns"],
                labels["mixed"],
                labels["neutral"],
            )
        )
    return rows


def count_themes(
    articles: list[WeekArticle], passages: list[WeekPassage], week: IsoWeek
) -> list[ThemeCount]:
    languages = {article.article_id: article.language for article in articles}
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for passage in passages:
        side = "hope" if passage.hope >= 0.5 else "concern"
        for theme in passage.themes:
            found[languages[passage.article_id], side, theme].add(passage.article_id)
    return [
        ThemeCount(week, language, side, theme, len(ids))  # type: ignore[arg-type]
        for (language, side, theme), ids in sorted(found.items())
    ]


def _history(
    weeks: tuple[IsoWeek, ...],
) -> tuple[list[WeeklyCount], list[ThemeCount], list[WeekTotal]]:
    random = Random(47)
    counts, themes, totals = [], [], []
    for week in weeks[:-1]:
        for language in ("ar", "en", "vi"):
            hopes, concerns, mixed, neutral = (
                random.randint(low, high) for low, high in ((1, 9), (1, 7), (0, 4), (1, 5))
            )
            articles = hopes + concerns + mixed + neutral
            counts.append(
                WeeklyCount(
                    week,
                    language,
                    articles,
                    articles - 2,
                    min(articles, 5),
                    hopes,
                    concerns,
                    mixed,
                    neutral,
                )
            )
        for language, side, theme, low, high in (
            ("en", "concern", "surveillance", 0, 2),
            ("en", "concern", "vagueness", 3, 7),
            ("en", "concern", "expression", 3, 6),
            ("en", "concern", "privacy", 2, 5),
            ("ar", "concern", "weak_safeguards", 2, 6),
            ("ar", "concern", "repression", 1, 3),
            ("en", "concern", "researchers", 1, 4),
            ("vi", "concern", "industry", 0, 2),
            ("vi", "hope", "capacity", 4, 8),
            ("ar", "hope", "victims", 4, 9),
            ("ar", "hope", "cooperation", 4, 8),
            ("en", "hope", "evidence", 3, 8),
            ("vi", "hope", "global_order", 2, 6),
            ("vi", "hope", "standing", 6, 12),
            ("en", "concern", "host", 6, 10),
        ):
            themes.append(ThemeCount(week, language, side, theme, random.randint(low, high)))  # type: ignore[arg-type]
        mine = [count for count in counts if count.week == week]
        totals.append(
            WeekTotal(week, sum(c.stories for c in mine), 12, 900 + random.randint(0, 90), 88, 0.95)
        )
    return counts, [t for t in themes if t.articles], totals


def make_week(mix: dict[str, list[str]] | None = None, week: IsoWeek = WEEK) -> WeekInput:
    """Make a full week with eleven weeks before it."""
    articles, passages = [], []
    for language, labels in sorted((MIX if mix is None else mix).items()):
        for number, label in enumerate(labels):
            article = make_article(number, language, label)
            articles.append(article)
            passages.extend(make_passages(article, number))
    weeks = week.shift(-11).until(week)
    counts, themes, totals = _history(weeks)
    now = count_week(articles, week)
    return WeekInput(
        week=week,
        weeks=weeks,
        zone="Asia/Ho_Chi_Minh",
        data_until=datetime(2026, 11, 23, 0, 12, tzinfo=UTC),
        first_week=weeks[0],
        watched_since=weeks[0].monday,
        theme_names={theme.id: theme.labels for theme in load_treaty().themes},
        articles=tuple(articles),
        passages=tuple(passages),
        counts=(*counts, *now),
        totals=(
            *totals,
            WeekTotal(
                week, sum(c.stories for c in now), sum(c.outlets for c in now), 964, 90, 0.93
            ),
        ),
        themes=(*themes, *count_themes(articles, passages, week)),
        feeds_down=(
            FeedDown(
                "ar-old", "بوابة الرصيف", "ar", 7, "timeout", datetime(2026, 11, 2, tzinfo=UTC)
            ),
            FeedDown("en-gone", "The Quiet Gazette", "en", 7, "gone", None),
        ),
        drifts=(
            StanceDrift(
                "en00003",
                "https://en3.example/news/3",
                "What the new convention asks of small states",
                "New convention: what small states gain",
                "Signal & Wire",
                "en",
                datetime(2026, 11, 19, 6, tzinfo=UTC),
                "hopes",
                "mixed",
                0.74,
                0.02,
            ),
            StanceDrift(
                "vi00004",
                "https://vi4.example/news/4",
                "Một công ước cánh tay dài",
                "Một công ước cánh tay dài",
                "Báo Bến Sông",
                "vi",
                datetime(2026, 11, 20, 6, tzinfo=UTC),
                "hopes",
                "hopes",
                0.78,
                0.76,
            ),
        ),
        new_outlets=(NewOutlet("Plain Talk Review", "en", "en00004"),),
        models=(ModelUse("bundled-1", len(articles), "the model in the box"),),
        omissions=Omissions(
            undated=2,
            not_sure=sum(not a.is_sure for a in articles),
            refused=3,
            lookalikes=11,
            other_languages=4,
            failed_pages={"timeout": 5, "paywall": 3, "bot_wall": 1},
            waiting_pages=7,
        ),
    )
