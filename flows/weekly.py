"""The weekly flow: the digest of the week before, written and delivered."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from prefect import flow, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import quote

from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.digest.deliver import Delivery
from treatywatch.flows.aftermath import after_run, not_begun, tell_failure
from treatywatch.flows.artifacts import publish_digest
from treatywatch.flows.digests import (
    Channel,
    DigestRequest,
    MadeDigest,
    channels_of,
    make_digest,
    send_digest,
)
from treatywatch.flows.stages import StageClock
from treatywatch.flows.tasks import a_retry_can_help
from treatywatch.news.errors import TreatywatchError
from treatywatch.news.runs import RunReport, RunState, time_limit
from treatywatch.news.weekly import IsoWeek
from treatywatch.storage.writer import Writer


class DeliveryError(TreatywatchError):
    """A digest was written and not sent, or perhaps not to all."""


@flow(
    name="weekly-digest",
    timeout_seconds=time_limit("weekly-digest").total_seconds(),
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
)
def weekly(
    week: str | None = None,
    db: str | None = None,
    out: str | None = None,
    as_of: datetime | None = None,
    language: Literal["en", "ar", "vi"] | None = None,
    formats: list[Literal["html", "md", "json", "csv", "eml"]] | None = None,
    now: datetime | None = None,
) -> list[str]:
    """Write the digest of a week, send it as the settings say, return the paths of its files.

    Args:
        week: an ISO week such as 2026-W47; none: the last full one.
        db: path of the database; none: the one in the settings.
        out: folder of the digests; none: the one in the settings.
        as_of: tell the week as it was known at that instant; none: as it is known now.
        language: language of the digest's own words; none: the one in the settings.
        formats: formats of the files; none: those in the settings.
        now: the instant to take as now (UTC); none: the clock.

    Raises:
        DeliveryError: when the digest lies in its folder and could not be sent everywhere.
        UsageError: when a setting or the week cannot be used, or there is no database.
    """
    settings = load_settings(db=Path(db) if db else None)
    moment = now or datetime.now(UTC)
    chosen = IsoWeek.parse(week) if week else IsoWeek.before(as_of or moment, settings.zone)
    wanted = tuple(formats) if formats else None
    request = DigestRequest(chosen, Path(out) if out else None, as_of, language, wanted)
    return [str(path) for path in WeeklyRun(settings, request, moment).go()]


class WeeklyRun:
    """One digest, from the database to the readers."""

    def __init__(self, settings: Settings, request: DigestRequest, now: datetime) -> None:
        self.settings = settings
        self.request = request
        self.now = now
        self.clock = StageClock()
        self.writer = Writer(settings)
        run_id = runtime.flow_run.id or str(uuid.uuid4())
        self.report = RunReport(run_id, "weekly-digest", "running", now)

    def go(self) -> list[Path]:
        """Write, send, record; raise `DeliveryError` only when all that is done."""
        made = self._begun()
        try:
            with self.clock.at("deliver"):
                deliveries = [
                    self._send(channel, made) for channel in channels_of(self.settings.digest)
                ]
            publish_digest(str(self.request.week), made.paths, deliveries)
        except BaseException as error:
            self._end("failed" if isinstance(error, Exception) else "interrupted", [])
            raise
        missed = [each for each in deliveries if not each.is_done]
        self._end("failed" if missed else "completed", missed)
        if missed:
            raise DeliveryError(
                f"the digest of {self.request.week} lies in {made.paths[0].parent} and "
                f"{not_sent(missed)}"
            )
        return list(made.paths)

    def _begun(self) -> MadeDigest:
        """Write the digest, then store that this runs."""
        try:
            with self.clock.at("digest"):
                made = write(self.settings, self.request)
            self.writer.begin_run(self.report)
        except Exception:
            report = replace(self.report, state="failed", stage_seconds=self.clock.seconds())
            not_begun(self.settings, report, self.now)
            raise
        return made

    def _send(self, channel: Channel, made: MadeDigest) -> Delivery:
        # Unquoted, Prefect looks through the records of the week for results of tasks: seconds.
        quoted = cast(MadeDigest, quote(made))
        state = send(self.settings, quoted, self.now, channel, return_state=True)
        outcome = state.result(raise_on_failure=False)
        if isinstance(outcome, Delivery):
            return outcome
        return Delivery(channel, False, str(outcome))

    def _end(self, state: RunState, missed: Sequence[Delivery]) -> None:
        self.report = replace(
            self.report,
            state=state,
            finished_at=datetime.now(UTC),
            failures={each.channel: 1 for each in missed},
            stage_seconds=self.clock.seconds(),
        )
        self.writer.finish_run(self.report)
        after_run(self.settings, self.report, self.now)


def not_sent(missed: Sequence[Delivery]) -> str:
    """Say which ways failed; what may have arrived is not called unsent."""
    causes = "; ".join(f"{each.channel}: {each.detail}" for each in missed)
    if any(each.may_come_twice for each in missed):
        return f"may not have reached everybody: {causes}"
    return f"was not sent: {causes}"


def sending_again_can_help(_task: Any, _run: Any, state: Any) -> bool:
    """Tell whether the task ended because something was not sent."""
    return isinstance(state.result(raise_on_failure=False), DeliveryError)


@task(
    retries=2,
    retry_delay_seconds=[10, 60],
    retry_condition_fn=a_retry_can_help,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def write(settings: Settings, request: DigestRequest) -> MadeDigest:
    """Write the files of one digest."""
    return make_digest(settings, request)


@task(
    retries=2,
    retry_delay_seconds=[30, 300],
    retry_condition_fn=sending_again_can_help,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def send(settings: Settings, made: MadeDigest, now: datetime, channel: Channel) -> Delivery:
    """Send a digest in one way.

    Raises:
        DeliveryError: when surely nobody took it, so that it may be sent again.
    """
    delivery = send_digest(settings.digest, made, now, channel)
    if not (delivery.is_done or delivery.may_come_twice):
        raise DeliveryError(delivery.detail)
    return delivery
