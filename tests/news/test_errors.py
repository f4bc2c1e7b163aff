from typing import get_args

from treatywatch.news import errors


def test_every_fetch_error_class_has_a_weight() -> None:
    assert set(get_args(errors.FetchErrorClass)) == set(errors.FETCH_ERROR_WEIGHTS)
    assert set(errors.FETCH_ERROR_WEIGHTS) >= errors.TRANSIENT_FETCH_ERRORS


def test_a_fetch_error_says_where_and_whether_to_retry() -> None:
    error = errors.FetchError("https://a.test/x", "timeout", "no answer in 20 s", retry_after=5)
    assert str(error) == "https://a.test/x: no answer in 20 s"
    assert error.is_transient
    assert not errors.FetchError("u", "ssrf", "private address").is_transient


def test_exit_codes_follow_the_contract() -> None:
    assert errors.TreatywatchError.exit_code == 1
    assert errors.UsageError.exit_code == 2
    assert errors.NothingFetchedError.exit_code == 3
