from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from treatywatch.classifiers.classify import Classifier, TextToClassify
from treatywatch.classifiers.model import load_model
from treatywatch.config.settings import ModelSettings
from treatywatch.config.treaty import load_treaty
from treatywatch.news.records import Article

HOPE = "The UN Convention against Cybercrime will help small states trace stolen money faster."
CONCERN = "Rights groups warn that the treaty opens the door to spying on journalists and critics."
OFF = "The bakery on the corner sells fresh bread every morning to its many neighbours."


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(load_treaty(), load_model(ModelSettings()))


def article(text: str, title: str = "", language: str = "en") -> Article:
    return Article(
        article_id="a1",
        url="https://example.org/a1",
        canonical_url="https://example.org/a1",
        title=title,
        text=text,
        feed_id="f",
        entry_id="e",
        outlet="Example",
        language=language,
        language_source="text",
        country="",
        kind="",
        published_at=None,
        date_source="none",
        extraction_method="page",
        content_hash="h",
    )


def test_articles_keep_their_order_and_their_own_passages(classifier: Classifier) -> None:
    articles = [article(HOPE), article(OFF, "Bread"), article(f"{HOPE}\n{CONCERN}", "UN treaty")]
    scored = classifier.classify_articles(articles)
    assert [s.article for s in scored] == articles
    assert [s.stance.label for s in scored] == ["hopes", "off_topic", "mixed"]
    for one in scored:
        assert [p.position for p in one.passages] == [s.position for s in one.passage_stances]
        assert one.model_id == classifier.model.info.model_id
        for passage in one.passages:
            source = one.article.title if passage.kind == "title" else one.article.text
            assert source[passage.char_start : passage.char_end] == passage.text


def test_an_article_scores_the_same_in_any_company(classifier: Classifier) -> None:
    alone = classifier.classify_articles([article(CONCERN)])[0]
    together = classifier.classify_articles([article(HOPE), article(CONCERN), article(OFF)])[1]
    assert alone.stance.label == together.stance.label
    assert alone.stance.concern_score == pytest.approx(together.stance.concern_score, abs=1e-3)


def test_an_article_in_another_language_is_refused(classifier: Classifier) -> None:
    with pytest.raises(ValueError, match="never scored"):
        classifier.classify_articles([article("Ein Text.", language="de")])


def test_no_articles_no_work(classifier: Classifier) -> None:
    assert classifier.classify_articles([]) == []


def test_a_text_comes_back_with_evidence_that_its_offsets_cut(classifier: Classifier) -> None:
    text = f"{OFF}\n{HOPE}"
    result = classifier.classify_text(TextToClassify(text, "en", id="x"))
    assert (result.id, result.label) == ("x", "hopes")
    assert result.evidence
    assert all(text[e.char_start : e.char_end] == e.text for e in result.evidence)
    assert all(e.field == "text" for e in result.evidence)


def test_evidence_in_the_title_says_so(classifier: Classifier) -> None:
    title = "UN cybercrime treaty a threat to press freedom, campaigners warn"
    result = classifier.classify_text(TextToClassify("", "en", title))
    assert result.label == "concerns"
    assert [e.field for e in result.evidence] == ["title"]


def test_other_languages_are_recorded_but_not_scored(classifier: Classifier) -> None:
    records = [TextToClassify("Ein Text.", "de", id="1"), TextToClassify(HOPE, "en", id="2")]
    german, english = classifier.classify_texts(records)
    assert (german.label, german.evidence) == ("unsupported_language", ())
    assert english.label == "hopes"


def test_empty_text_is_off_topic(classifier: Classifier) -> None:
    assert classifier.classify_text(TextToClassify("", "en")).label == "off_topic"


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Ministers debate the UN Convention against Cybercrime 1837", "en"),
        ("الوزراء يناقشون اتفاقية الأمم المتحدة لمكافحة الجريمة السيبرانية 1837", "ar"),
        ("Các bộ trưởng thảo luận Công ước Hà Nội về tội phạm mạng 1837", "vi"),
    ],
)
def test_what_names_the_treaty_is_about_it(
    classifier: Classifier, title: str, language: str
) -> None:
    (scored,) = classifier.classify_articles([article("", title, language)])
    assert scored.passage_stances[0].treaty >= 0.99
    (other,) = classifier.classify_articles([article("", "The bread 1837", language)])
    assert other.passage_stances[0].treaty < 0.5


def test_names_are_given_beside_the_label(classifier: Classifier) -> None:
    assert classifier.classify_text(TextToClassify(HOPE, "en")).names
    assert not classifier.classify_text(TextToClassify("The pact is vague.", "en")).names


def test_records_can_be_copied_to_json(classifier: Classifier) -> None:
    result = classifier.classify_text(TextToClassify(HOPE, "en"))
    assert json.loads(json.dumps(dataclasses.asdict(result)))["label"] == "hopes"


@pytest.mark.slow
def test_real_articles_get_their_expected_labels(classifier: Classifier, newsroom: Path) -> None:
    trafilatura = pytest.importorskip("trafilatura")
    expected = json.loads((newsroom / "expected.json").read_text("utf-8"))
    for row in expected["treaty"]:
        html = (newsroom / row["page"]).read_bytes().decode("utf-8", "replace")
        document = trafilatura.bare_extraction(html)
        (scored,) = classifier.classify_articles(
            [article(document.text, document.title or "", row["language"])]
        )
        assert classifier.find_names(document.title or "", document.text)
        assert scored.stance.label == row["label"]
        assert scored.stance.n_hope > 0
        assert scored.stance.n_concern > 0
    for row in expected["other"]:
        html = (newsroom / row["page"]).read_bytes().decode("utf-8", "replace")
        document = trafilatura.bare_extraction(html)
        assert classifier.find_names(document.title or "", document.text or "") == ()
