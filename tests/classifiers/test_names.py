from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.classifiers.names import MAX_MATCHES, NameMatcher
from treatywatch.config.treaty import TreatyName, load_treaty
from treatywatch.news.text import fold

TREATY = load_treaty()
MATCHER = NameMatcher(TREATY)

STRONG = [
    # English
    "United Nations Convention against Cybercrime; Strengthening International Cooperation for "
    "Combating Certain Crimes Committed by Means of Information and Communications Technology "
    "Systems and for the Sharing of Evidence in Electronic Form of Serious Crimes",
    "United Nations Convention Against Cybercrime",
    "UN Convention against Cybercrime",
    "U.N. Convention against Cybercrime",
    "UN Cybercrime Convention",
    "U.N. Cybercrime Convention",
    "United Nations cybercrime convention",
    "UN Convention on Cybercrime",
    "United Nations Convention on Cybercrime",
    "United Nations Convention on Countering Cybercrime",
    "United Nations Convention on the Prevention and Control of Cybercrime",
    "UN cybercrime treaty",
    "U.N. cybercrime pact",
    "UN cybercrime agreement",
    "U.N. cybercrime accord",
    "the UN's cybercrime treaty",
    "UN cyber-crime treaty",
    "UN cyber crime treaty",
    "Hanoi Convention on cybercrime",
    "Ha Noi Convention against Cybercrime",
    "Hanoi cybercrime treaty signing",
    "Hanoi cybercrime convention signing",
    "Convention against Cybercrime",
    "the proposed UN Cybercrime Treaty",
    "the draft UN Cybercrime Treaty",
    "draft UN convention against cybercrime",
    "UN draft cybercrime treaty",
    "Comprehensive International Convention on Countering the Use of Information and "
    "Communications Technologies for Criminal Purposes",
    "International Convention on Countering the Use of Information and Communications "
    "Technologies for Criminal Purposes",
    "#HanoiConvention cyber",
    "#UNCybercrimeTreaty",
    "first UN treaty to combat cybercrime",
    # Arabic
    "اتفاقية الأمم المتحدة لمكافحة الجريمة السيبرانية",
    "اتفاقية الأمم المتحدة لمكافحة الجرائم السيبرانية",
    "اتفاقية الأمم المتحدة لمكافحة الجرائم الإلكترونية",
    "اتفاقية الأمم المتحدة لمكافحة الجريمة الإلكترونية",
    "اتفاقية الأمم المتحدة للجريمة الإلكترونية",
    "معاهدة الأمم المتحدة لمكافحة الجرائم الإلكترونية",
    "اتفاق الأمم المتحدة لمكافحة الجرائم السيبرانية",
    "أول معاهدة أممية لمكافحة الجرائم الإلكترونية",
    "أول معاهدة للأمم المتحدة لمكافحة الجرائم الإلكترونية",
    "أول معاهدة تابعة للأمم المتحدة لمكافحة الجرائم الإلكترونية",
    "أول اتفاقية أممية لمكافحة الجريمة السيبرانية",
    "أول اتفاقية عالمية لمنع الجريمة السيبرانية والتصدي لها",
    "الاتفاقية العالمية لمنع الجريمة السيبرانية",
    "اتفاقية منع الجريمة السيبرانية",
    "الإتفاقية العالمية لمكافحة الجريمة السيبرانية",
    "اتفاقية هانوي بشأن الجرائم الإلكترونية",
    "معاهدة هانوي السيبرانية",
    "اتفاقية دولية شاملة لمكافحة استخدام تكنولوجيا المعلومات والاتصالات لأغراض إجرامية",
    "اتفاقية دولية شاملة لمكافحة استخدام تكنولوجيات المعلومات والاتصالات للأغراض الإجرامية",
    "الاتفاقية الأممية لمكافحة الجريمة السيبرانية",
    # Arabic spelling as it is met in print
    "اتفاقيه الامم المتحده لمكافحه الجريمه السيبرانيه",
    "إتفاقية الأمم المتحدة لمكافحة الجرائم الالكترونية",
    "اتفاقية الأمم المتحدة لمكافحة الجرائم الإلكترونيه",
    "اتفاقية الأمم المتحدة لمكافحة الجريمة السبرانية",
    "اتفاقية الأمم المتحدة لمكافحة الجرام السيبرانية",
    "اتفاقية هانوى لمكافحة الجريمة السيبرانية",
    "لاتفاقية هانوي بشأن الجرائم الإلكترونية",
    "ولاتفاقية الأمم المتحدة لمكافحة الجريمة السيبرانية",
    "واتفاقية الأمم المتحدة لمكافحة الجريمة السيبرانية",
    "باتفاقية الأمم المتحدة لمكافحة الجريمة السيبرانية",
    "اتِّفاقيّة الأُمَم المُتَّحِدة لمُكافَحة الجَريمة السيبرانيّة",
    "اتفاقيـــة الأمم المتحدة لمكافحة الجريمة السيبرانية",
    "«معاهدة هانوي» للجرائم الإلكترونية",
    "معاهدة «هانوي» للجرائم الإلكترونية",
    "اتفاقية الأمم المتحدة\u200f لمكافحة الجريمة السيبرانية",
    # Vietnamese
    "Công ước Hà Nội về tội phạm mạng",
    '"Công ước Hà Nội" về an ninh mạng',
    "Công Ước Hà Nội về Tội phạm Mạng",
    "Công ước Hà Nội về phòng, chống tội phạm mạng",
    "Công ước Hà Nội về chống tội phạm mạng",
    "Công ước Hà Nội của Liên Hợp Quốc về tội phạm mạng",
    "Công ước Liên hợp quốc về chống tội phạm mạng",
    "Công ước của Liên hợp quốc về chống tội phạm mạng",
    "Công ước Liên hợp quốc về phòng, chống tội phạm mạng",
    "Công ước Liên hợp quốc về phòng chống tội phạm mạng",
    "Công ước LHQ về chống tội phạm mạng",
    "Công ước LHQ về phòng chống tội phạm mạng",
    "Công ước LHQ về Tội phạm mạng",
    "Công ước về tội phạm mạng của Liên hợp quốc",
    "Công ước Liên Hợp Quốc chống Tội phạm Mạng",
    "Công ước Liên Hiệp Quốc chống Tội phạm Mạng",
    "Công ước chống Tội phạm Mạng của Liên Hiệp Quốc",
    "hiệp ước của Liên Hợp Quốc về tội phạm mạng",
    "thỏa thuận của Liên Hợp Quốc về tội phạm mạng",
    "thoả thuận của Liên Hợp Quốc về tội phạm mạng",
    "Lễ mở ký Công ước Hà Nội về tội phạm mạng",
    "Lễ mở kí Công ước Hà Nội về tội phạm mạng",
    "Quy chế Hội nghị Quốc gia thành viên Công ước Hà Nội, an ninh mạng",
    "Công ước quốc tế chống việc sử dụng công nghệ thông tin và truyền thông cho mục đích phạm tội",
    "/cong-uoc-ha-noi-ve-toi-pham-mang",
    "/cong-uoc-lien-hop-quoc-ve-chong-toi-pham-mang.html",
    "Cong uoc Lien hop quoc ve chong toi pham mang",
]

LOOK_ALIKES = [
    "The Budapest Convention on Cybercrime has 81 parties, the United Nations said.",
    "The Council of Europe Convention on Cybercrime, signed in 2001, and UNODC of the UN.",
    "The COE Cybercrime Convention and its protocols",
    "اتفاقية بودابست لمكافحة الجريمة الإلكترونية",
    "Công ước Budapest về tội phạm mạng",
    "The Malabo Convention on cyber security",
    "African Union Convention on Cyber Security and Personal Data Protection",
    "اتفاقية مالابو للأمن السيبراني",
    "Công ước Malabo về an ninh mạng",
    "The Arab Convention on Combating Information Technology Offences and cybercrime",
    "الاتفاقية العربية لمكافحة جرائم تقنية المعلومات والجرائم الإلكترونية",
    "UN Convention against Transnational Organized Crime and cybercrime",
    "UN Convention against Corruption and cybercrime",
    "Công ước Palermo và tội phạm mạng",
    "The Cybersecurity Tech Accord, a coalition of firms, on cybercrime",
    "اتفاقية تكنولوجيا الأمن السيبراني",
    "قانون مكافحة الجرائم الإلكترونية في الأردن",
    "قانون الجريمة الإلكترونية",
    "Luật An ninh mạng sửa đổi và phòng, chống tội phạm mạng",
    "Cục A05 cảnh báo tội phạm mạng, tội phạm sử dụng công nghệ cao",
    "The fair at the National Convention Center, Hanoi, showed cyber defence.",
    "The Hanoi Convention Centre hosts a cyber security fair.",
    "Trung tâm Hội nghị Quốc gia ở Hà Nội, triển lãm an ninh mạng",
    "The Hanoi summit of 2019 and a wave of cyber attacks",
    "The Hanoi Declaration on cyber norms",
    "قمة هانوي والأمن السيبراني",
    "Tuyên bố Hà Nội về an ninh mạng",
    "The UN treaty on plastics and a cyber attack",
    "The UN pandemic agreement; cybercrime rose.",
    "Hiệp định đại dịch và không gian mạng",
    "The UN Pact for the Future, the Global Digital Compact and cyber threats",
    "SCO information security pact against cybercrime",
    "A scam ring in Cambodia: cybercrime police of Hanoi made arrests.",
    "cybercrime",
    "Hanoi",
    "tội phạm mạng",
    "الجرائم الإلكترونية",
    "Tech Accord",
    "The Hanoi Convention of dentists",
    "Công ước Hà Nội",  # no token of cyberspace anywhere: rule 3
]

CONTEXT_EN = " The United Nations ceremony on cybercrime was held in Hanoi."
CONTEXT_AR = " أقيم حفل الأمم المتحدة حول الجرائم الإلكترونية في هانوي."
CONTEXT_VI = " Lễ của Liên hợp quốc về tội phạm mạng diễn ra ở Hà Nội."

WITH_CONTEXT = [
    ("the global cybercrime treaty", CONTEXT_EN),
    ("the global cybercrime pact", CONTEXT_EN),
    ("first global treaty to combat cybercrime", CONTEXT_EN),
    ("Convention on Cybercrime", CONTEXT_EN),
    ("UNCC", CONTEXT_EN),
    ("the treaty", CONTEXT_EN),
    ("the Convention", CONTEXT_EN),
    ("the pact", CONTEXT_EN),
    ("A/RES/79/243", CONTEXT_EN),
    ("resolution 79/243", CONTEXT_EN),
    ("the Ad Hoc Committee", CONTEXT_EN),
    ("the Conference of the States Parties", CONTEXT_EN),
    ("a supplementary protocol", CONTEXT_EN),
    ("اتفاقية بشأن الجرائم الإلكترونية", CONTEXT_AR),
    ("اتفاقية تاريخية بشأن الجرائم الإلكترونية", CONTEXT_AR),
    ("الاتفاقية الدولية لمكافحة الجريمة السيبرانية", CONTEXT_AR),
    ("معاهدة الجرائم السيبرانية", CONTEXT_AR),
    ("معاهدة سيبرانية", CONTEXT_AR),
    ("اتفاقية مكافحة الجريمة السيبرانية", CONTEXT_AR),
    ("للاتفاقية", CONTEXT_AR),
    ("بالاتفاقية", CONTEXT_AR),
    ("والاتفاقية", CONTEXT_AR),
    ("القرار رقم 79/243", CONTEXT_AR),
    ("القرار رقم ٧٩/٢٤٣", CONTEXT_AR),
    ("Công ước quốc tế về phòng, chống tội phạm mạng", CONTEXT_VI),
    ("Công ước về tội phạm mạng", CONTEXT_VI),
    ("Công ước chống tội phạm mạng", CONTEXT_VI),
    ("Lễ mở ký Công ước", CONTEXT_VI),
    ("Nghị quyết 79/243", CONTEXT_VI),
]


@pytest.mark.parametrize("wording", STRONG)
def test_a_strong_name_counts_on_its_own_in_title_and_text(wording: str) -> None:
    in_text = MATCHER.find("", f"Before, {wording}. After.")
    in_title = MATCHER.find(wording, "")
    assert any(match.strength == "S" for match in in_text)
    assert any(match.strength == "S" and match.field == "title" for match in in_title)


@pytest.mark.parametrize("wording", LOOK_ALIKES)
def test_a_look_alike_does_not_count(wording: str) -> None:
    assert MATCHER.find("", wording) == ()
    assert MATCHER.find(wording, "") == ()


@pytest.mark.parametrize(("wording", "context"), WITH_CONTEXT)
def test_a_weak_name_counts_only_with_context(wording: str, context: str) -> None:
    assert MATCHER.find("", f"They spoke of {wording}.") == ()
    found = MATCHER.find("", f"They spoke of {wording}.{context}")
    assert any(match.strength == "C" for match in found)


def test_a_weak_name_does_not_count_under_a_title_about_budapest() -> None:
    text = "The Convention on Cybercrime was discussed." + CONTEXT_EN
    assert MATCHER.find("A cyber meeting", text)
    assert MATCHER.find("Budapest Convention turns 25", text) == ()


@pytest.mark.parametrize(
    ("token", "instead"),
    [("United Nations", "regional"), ("cybercrime", "cyber threats"), ("Hanoi", "the capital")],
)
def test_a_weak_name_needs_every_token_of_its_context(token: str, instead: str) -> None:
    context = CONTEXT_EN.replace(token, instead)
    assert MATCHER.find("", "They spoke of the treaty." + context) == ()


def test_a_title_about_another_treaty_of_the_un_outweighs_no_weak_name() -> None:
    text = "The Convention on Cybercrime was discussed." + CONTEXT_EN
    (match,) = MATCHER.find("Palermo Convention turns 25", text)
    assert (match.matched, match.field, match.strength) == ("The Convention", "text", "C")


def test_a_look_alike_is_no_weak_name_and_hides_none_of_the_other_field() -> None:
    corruption = "UN Convention against Corruption"
    assert MATCHER.find(corruption, CONTEXT_EN) == ()
    assert MATCHER.find("", corruption + CONTEXT_EN) == ()
    (match,) = MATCHER.find(corruption, "The treaty." + CONTEXT_EN)
    assert (match.matched, match.field) == ("The treaty", "text")
    (match,) = MATCHER.find("The treaty", corruption + CONTEXT_EN)
    assert (match.matched, match.field) == ("The treaty", "title")


def test_an_article_about_both_conventions_counts() -> None:
    text = "The Budapest Convention is older than the UN Convention against Cybercrime."
    (match,) = MATCHER.find("Budapest Convention turns 25", text)
    assert match.matched == "UN Convention against Cybercrime"


@pytest.mark.parametrize(
    "text",
    [
        "the Arab Convention on Cybercrime and the UN Convention against Cybercrime",
        "the African Union Convention on Cyber Security and Personal Data Protection and the UN "
        "Convention against Cybercrime",
        "الاتفاقية العربية لمكافحة جرائم تقنية المعلومات واتفاقية الأمم المتحدة لمكافحة الجريمة"
        " السيبرانية",
    ],
)
def test_a_look_alike_hides_no_name_that_follows_it(text: str) -> None:
    assert [match.strength for match in MATCHER.find("", text)] == ["S"]
    assert MATCHER.find("", text.partition(" and the UN")[0].partition(" واتفاقية الأمم")[0]) == ()


def test_a_nickname_only_supports() -> None:
    assert MATCHER.find("", "A surveillance treaty, cybercrime experts say.") == ()
    found = MATCHER.find("", "The UN cybercrime treaty is a surveillance treaty.")
    assert {match.strength for match in found} == {"S", "N"}


def test_the_token_may_stand_in_the_title() -> None:
    assert MATCHER.find("Cyber talks end", "Ministers praised the Hanoi Convention.")


@pytest.mark.parametrize(
    ("needs", "text", "is_found"),
    [
        ("", "A pact of Geneva and the cyber defence.", True),
        ("cyber", "A pact of Geneva and the cyber defence.", True),
        ("cybercrime", "A pact of Geneva and the cyber defence.", False),
        ("cybercrime", "A pact of Geneva on cybercrime.", True),
    ],
)
def test_a_strong_name_needs_the_very_token_that_its_row_names(
    needs: Literal["", "cyber", "cybercrime"], text: str, is_found: bool
) -> None:
    name = TreatyName("Geneva pact", "en", "S", "pact of geneva", needs)
    matcher = NameMatcher(replace(TREATY, names=(name,)))
    assert bool(matcher.find("", text)) is is_found


@pytest.mark.parametrize("space", ["\n        ", "\n" * 5, " \t" * 20, "\u00a0\n\u3000\r\n\t"])
def test_a_name_may_be_broken_by_any_white_space(space: str) -> None:
    name = space.join(("UN", "cybercrime", "treaty"))
    (match,) = MATCHER.find("", f"The{space}{name}{space}was signed.")
    assert match.matched == name
    assert match.char_start == len(f"The{space}")
    assert MATCHER.find("", f"A treaty for{space}criminal{space}purposes.") == ()


@pytest.mark.parametrize("wording", STRONG)
def test_offsets_cut_exactly_the_matched_characters(wording: str) -> None:
    text = f"أوّلا\u200f — “Ảnh” {wording}. {wording}"
    for match in MATCHER.find("", text):
        assert text[match.char_start : match.char_end] == match.matched


@pytest.mark.parametrize("wording", list(STRONG) + [w + c for w, c in WITH_CONTEXT])
def test_every_text_with_a_name_holds_a_signal(wording: str) -> None:
    assert MATCHER.find("", wording) != ()
    assert any(signal in fold(wording) for signal in TREATY.signals)


def test_decomposed_vietnamese_is_found_too() -> None:
    import unicodedata

    text = unicodedata.normalize("NFD", "Lễ ký Công ước Hà Nội về tội phạm mạng")
    (match,) = [m for m in MATCHER.find("", text) if m.strength == "S"]
    assert unicodedata.normalize("NFC", match.matched) == "Công ước Hà Nội"


@pytest.mark.slow
def test_matches_are_bounded_and_a_megabyte_is_quick() -> None:
    units = [
        "UN cybercrime treaty ",
        "un ",
        "و",
        "công ước về phòng, chống ",
        "اتفاقية الأمم المتحدة ",
    ]
    started = time.process_time()
    for unit in units:
        text = (unit * (1_000_000 // len(unit)))[:1_000_000] + " cyber"
        assert len(MATCHER.find("", text)) <= MAX_MATCHES
    assert time.process_time() - started < 2.0 * len(units)


@given(st.text(max_size=300), st.sampled_from(STRONG), st.text(max_size=300))
def test_any_surrounding_text_leaves_offsets_true(before: str, wording: str, after: str) -> None:
    text = f"{before} {wording} {after}"
    found = MATCHER.find("", text)
    assert found
    assert all(text[m.char_start : m.char_end] == m.matched for m in found)


def test_the_first_look_alike_is_told() -> None:
    malabo, budapest = "the Malabo Convention", "the Budapest Convention"
    assert MATCHER.look_alike("", f"After {malabo}, {budapest}.") == "Malabo Convention"
    assert MATCHER.look_alike("", f"After {budapest}, {malabo}.") == "Budapest Convention"
    assert MATCHER.look_alike(f"On {budapest}", f"And {malabo}") == "Budapest Convention"
    assert MATCHER.look_alike("Ferries", "cancelled") == ""


def test_names_come_in_order_title_first() -> None:
    title, text = (
        "Treaty: the UN cybercrime treaty",
        "The treaty. The UN cybercrime treaty, a pact.",
    )
    found = MATCHER.find(title, text + CONTEXT_EN)
    places = [(match.field, match.char_start) for match in found]
    assert places == sorted(places, key=lambda place: (place[0] == "text", place[1]))
    assert {match.field for match in found} == {"title", "text"}
    assert {match.strength for match in found} >= {"S", "C"}


def test_no_two_names_share_a_letter() -> None:
    text = (
        "The draft UN Convention against Cybercrime, the Convention, and the treaty." + CONTEXT_EN
    )
    found = MATCHER.find("", text)
    assert len(found) == 3
    assert all(one.char_end <= next_.char_start for one, next_ in pairwise(found))


def test_of_many_names_the_first_are_kept() -> None:
    found = MATCHER.find("", "UN cybercrime treaty. " * (MAX_MATCHES + 1))
    assert len(found) == MAX_MATCHES
    assert found[-1].char_start == 22 * (MAX_MATCHES - 1)
