from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt

from treatywatch.news.markdown import markdown_text, markdown_words

SIGNS = st.text(alphabet="ab1 #-+=.>)(![]<&*_`~:/|\\$^w@", max_size=40)


def test_markdown_shows_its_own_signs() -> None:
    assert markdown_text("a*b_[c](d) <e> & `f` | #g") == (
        "a\\*b\\_\\[c\\](d) &lt;e&gt; &amp; \\`f\\` \\| #g"
    )


def test_only_what_begins_a_line_is_kept_from_beginning_something() -> None:
    assert markdown_text("1. #x") == "1\\. #x"
    assert markdown_words("1. #x") == "1. #x"


def test_addresses_become_no_links() -> None:
    assert markdown_words("http://a.example, WWW.a.example") == (
        "http\\://a.example, WWW\\.a.example"
    )


@given(SIGNS)
def test_any_line_shows_itself_in_markdown(text: str) -> None:
    line = " ".join(text.split())
    shown = html.fragment_fromstring(
        MarkdownIt("gfm-like", {"linkify": False}).render(markdown_text(line)) or "<p></p>"
    )
    assert shown.tag == "p"
    assert len(shown) == 0
    assert "".join(shown.itertext()).strip() == line
