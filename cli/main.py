"""The way into the `treatywatch` command, and how errors and Ctrl-C end it."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# What a place may lack, and what helps.
_ROOM, _PERMISSION, _OTHER = "make room or ", "mend its permissions or ", ""
_NO_PLACE = {
    errno.ENOSPC: _ROOM, errno.EDQUOT: _ROOM, errno.EFBIG: _ROOM,
    errno.EROFS: _PERMISSION, errno.EACCES: _PERMISSION, errno.EPERM: _PERMISSION,
    errno.ENOTDIR: _OTHER, errno.EEXIST: _OTHER, errno.ENAMETOOLONG: _OTHER,
}  # fmt: skip


def main() -> None:
    """Run the command line and leave with the exit code of the contract."""
    with _easily_stopped():  # the imports too: they take as long as Python takes to start
        from treatywatch.cli.output import drop_output, say, speak_utf8
        from treatywatch.cli.stopping import INTERRUPTED, is_ctrl_c, say_stopped
        from treatywatch.news.errors import FetchError, TreatywatchError

        speak_utf8()
        from treatywatch.cli.app import app
    # On a terminal Prefect's client says that it collects data about its use; not here.
    os.environ.setdefault("DO_NOT_TRACK", "1")
    # What is started from here on, workers and Prefect's own server, takes no module out of the
    # folder one stands in: a stranger may have put it there.
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # else it fails while Python leaves, where nothing can be said
    except FetchError as error:
        from treatywatch.extractors.check import ADVICE

        say(f"treatywatch: {error}; {ADVICE.get(error.error_class, 'try later')}.")
        sys.exit(error.exit_code)
    except TreatywatchError as error:
        say(f"treatywatch: {error}")
        sys.exit(error.exit_code)
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:
            say_stopped()
        raise
    except OSError as error:
        if error.errno == errno.EPIPE:  # the reader has gone, as `head` does; it knows
            drop_output()
            sys.exit(1)
        if error.errno not in _NO_PLACE:
            raise
        place, help_ = error.filename or "output", _NO_PLACE[error.errno]
        say(f"treatywatch: {place}: {error.strerror}; {help_}name another place.")
        drop_output()
        sys.exit(1)
    except BaseException as error:
        if not is_ctrl_c(error):
            raise
        say_stopped()
        sys.exit(INTERRUPTED)


@contextmanager
def _easily_stopped() -> Iterator[None]:
    """Let Ctrl-C end the command while it has only begun: libraries break where it comes."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # as `nohup` has it
        yield
        return
    signal.signal(signal.SIGINT, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(*_: object) -> None:
    # In the words of `say_stopped`, which may be what is being imported.
    if sys.stderr is not None:
        sys.stderr.write("\ntreatywatch: stopped.\n")
    os._exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
