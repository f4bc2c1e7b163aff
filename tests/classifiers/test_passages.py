from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.classifiers.passages import MAX_PASSAGES, MAX_SENTENCES, MAX_WORDS, split
from treatywatch.classifiers.sentences import sentences
from treatywatch.news.stance import Passage

LONG = "The delegates from many small states spoke for hours about the text and its many clauses."


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is signed. It is not ratified!", ["It is signed.", "It is not ratified!"]),
        ("The U.N. Secretary spoke. He left.", ["The U.N. Secretary spoke.", "He left."]),
        ("Mr. Minh and Dr. Lan met. Fine.", ["Mr. Minh and Dr. Lan met.", "Fine."]),
        ("A rise of 3.5 per cent. Then a fall.", ["A rise of 3.5 per cent.", "Then a fall."]),
        ('"It is vague." She paused.', ['"It is vague."', "She paused."]),
        ("“Is it a threat?” he asked.", ["“Is it a threat?” he asked."]),
        ("Wait... and then it passed.", ["Wait... and then it passed."]),
        ("1. The scope is broad. 2. It is vague.", ["1. The scope is broad.", "2. It is vague."]),
        ("هل هي تهديد؟ قال إنها فرصة. وانتهى.", ["هل هي تهديد؟", "قال إنها فرصة.", "وانتهى."]),
        ("وقال د. أحمد إنها جيدة. ثم غادر.", ["وقال د. أحمد إنها جيدة.", "ثم غادر."]),
        (
            "Lễ ký diễn ra ở TP. Hà Nội. PGS.TS. Lan phát biểu. Xong.",
            ["Lễ ký diễn ra ở TP. Hà Nội.", "PGS.TS. Lan phát biểu.", "Xong."],
        ),
        ("no stop at all", ["no stop at all"]),
        ("", []),
        ("   ", []),
    ],
)
def test_sentences_end_where_readers_say(text: str, expected: list[str]) -> None:
    assert _sentences(text) == expected


def test_a_sentence_without_end_is_cut_at_a_clause() -> None:
    text = "، ".join(["وقال المندوب إن النص المقترح جيد جدا"] * 30)
    pieces = _sentences(text)
    assert len(pieces) > 1
    assert all(len(piece.split()) <= MAX_WORDS for piece in pieces)
    assert all(piece.endswith("،") for piece in pieces[:-1])


def test_the_title_leads_and_offsets_cut_what_is_shown() -> None:
    title, text = "  Hope or threat? ", f"{LONG}\nShort one. {LONG} {LONG}"
    passages = split(title, text)
    assert passages[0] == Passage(0, "title", "Hope or threat?", 2, 17)
    assert [p.position for p in passages] == list(range(len(passages)))
    assert all(p.text == text[p.char_start : p.char_end] for p in passages[1:])


def test_a_short_sentence_joins_its_neighbour_within_the_paragraph() -> None:
    passages = split("", f"They signed. {LONG}\n{LONG} It ended.\nIt began.")
    assert [(p.sentences, p.text) for p in passages] == [
        (2, f"They signed. {LONG}"),
        (2, f"{LONG} It ended."),
        (1, "It began."),
    ]


@pytest.mark.parametrize("row", [".", "!.", '."', "… "])
def test_a_long_row_of_stops_is_read_once(row: str) -> None:
    text = row * (200_000 // len(row)) + "x"
    begun = time.process_time()
    assert sentences(text)[-1][1] == len(text)
    assert time.process_time() - begun < 20  # squared it would be hours


def test_no_title_no_title_passage() -> None:
    assert split("", LONG)[0].kind == "body"
    assert split("", "") == ()


@pytest.mark.parametrize(
    "line",
    [
        "Read more: UN cybercrime treaty is dangerous, says coalition",
        "Subscribe to our newsletter for treaty news.",
        "Sign up for our weekly briefing on the treaty.",
        "Join us on Telegram",
        "Copyright 2026 The Example Times. All rights reserved.",
        "Delegates in Hanoi. (AFP)",
        "Photo: Reuters",
        "By Jane Q. Doe",
        "اقرأ أيضا: المعاهدة تهدد الخصوصية",
        "جميع الحقوق محفوظة",
        "اشترك في النشرة البريدية",
        "المصدر: وكالات",
        "Xem thêm: Công ước Hà Nội bị chỉ trích",
        "Đăng ký nhận bản tin",
        "Ảnh: TTXVN",
        "Tin liên quan",
    ],
)
def test_furniture_is_shown_but_does_not_count(line: str) -> None:
    passages = split("", f"{LONG}\n{line}")
    assert passages[0].countable
    assert not any(p.countable for p in passages[1:])


@pytest.mark.parametrize(
    "line",
    [
        "Join us in urging governments not to ratify this convention.",
        "Sign up to the convention or be left behind, the UN chief told states.",
        "Related fears were voiced by a lawyer in Tunis, who called the clause vague.",
        "شارك في الحفل وزراء من سبعين دولة وأشادوا بالمعاهدة.",
        "Chia sẻ với báo chí, ông cho biết công ước mở ra nhiều cơ hội.",
        "By 2030 the treaty will have saved millions, the minister said.",
        "Subscribers " * 40,
        "Subscribers' data could be handed over under the treaty, the group warned.",
        "Advertisers fear the treaty too.",
        "اشتركت مصر في صياغة الاتفاقية منذ بدايتها.",
        "Most readers will never have heard of the treaty, but it will be read by prosecutors.",
        "More stories of abuse will come if the text stands. " * 5,
    ],
)
def test_a_real_paragraph_counts(line: str) -> None:
    assert all(p.countable for p in split("", line))


def test_headlines_below_a_heading_of_links_do_not_count_until_prose_returns() -> None:
    text = f"{LONG}\nRelated articles\nTreaty is a threat\nPact hailed as a shield\n{LONG}"
    assert [p.countable for p in split("", text)] == [True, False, False, False, True]


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["a. ", "a ", ".", "؟! ", "\n", "“", "U.N. ", "ا، ", "a" * 50 + "\n"]
)
def test_hostile_text_is_cut_quickly_and_bounded(unit: str) -> None:
    text = (unit * (1_000_000 // len(unit)))[:1_000_000]
    started = time.process_time()
    passages = split("", text)
    assert len(passages) <= MAX_PASSAGES
    assert time.process_time() - started < 8


@given(st.text(max_size=60), st.text(alphabet=st.sampled_from('abا.؟ \n,"Ab1'), max_size=400))
def test_any_text_is_cut_in_order_without_overlap(title: str, text: str) -> None:
    passages = split(title, text)
    body = [p for p in passages if p.kind == "body"]
    assert all(p.text == text[p.char_start : p.char_end] and p.text.strip() for p in body)
    assert all(a.char_end <= b.char_start for a, b in itertools.pairwise(body))
    assert all(1 <= p.sentences <= MAX_SENTENCES and "\n" not in p.text for p in body)
    shown = "".join(p.text for p in body)
    assert "".join(shown.split()) == "".join(text.split())
