"""Step 8, a job of its own: send the messages of the outbox, with one thread for each channel that has some due.

A crash loses no message: its lease expires, and it is sent again under the same key. A channel that fails or hangs does
not delay another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from schedules.backoff import DELIVERY_RETRIES
from schedules.horizon import is_recent
from storage.errors import PollLocked
from storage.outbox import channel_states as health
from storage.outbox import queue
from storage.polling.locks import poll_lock
from storage.values.states import AttemptState
from storage.versions import history
from tracker.alerts.channels.channel import Channel, Delivery, Receipt
from tracker.alerts.message import TEST, Alert, ReportedChange, message_key
from tracker.alerts.render.commands import lift_command
from tracker.changes.wording.nearest import did_you_mean
from tracker.context.context import Context
from tracker.delivery.channel_worker import LEASE, ChannelWorker
from tracker.delivery.replan import replan
from tracker.delivery.settle import Settling
from tracker.delivery.stats import DeliveryStats
from tracker.errors import UsageError

__all__ = ["DeliveryWorker"]

_ABANDONED = timedelta(minutes=10)
_REPLAN_EVERY = timedelta(minutes=1)
_FRESH = timedelta(minutes=1)
"""At most the shortest pause of a failed job."""


class DeliveryWorker:
    """Sends the messages of one store. Several threads may share it, with one thread per channel at a time."""

    def __init__(
        self,
        context: Context,
        channels: Mapping[str, Channel],
        retries: Sequence[timedelta] = DELIVERY_RETRIES,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.context = context
        self.channels = channels
        self.stats = DeliveryStats()
        self._retries = retries
        self._settling = Settling(context, retries)
        self._retired = False
        self._stopping = lambda: self._retired or stopping()
        self._busy: dict[str, threading.Thread] = {}
        self._raised: list[tuple[datetime, Exception]] = []
        self._seen: datetime | None = None
        self._replanned: datetime | None = None

    def start(self) -> bool:
        """Start a thread for each channel that has messages due and no running thread. Return True if one was started.

        In the end raise what a thread has just raised: then the store is in trouble, not a channel. The other channels
        have had their turn by then.
        """
        self._look_at_the_clock()
        self._close_abandoned()
        self._bury()
        self._settling.sweep(self.context.alerts.names)
        begun = False
        for name in self._due():
            running = self._busy.get(name)
            if running is None or not running.is_alive():
                thread = threading.Thread(target=self._round, args=(name,), name=f"deliver {name}", daemon=True)
                self._busy[name] = thread
                thread.start()
                begun = True
        self._raise_kept()
        return begun

    def follow(self, before: DeliveryWorker) -> None:
        """Take over from `before`, which stops after the messages it is sending. Until then, do not start its channels
        again.
        """
        before._retired = True
        self._busy.update(before._busy)
        self._raised = before._raised

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the running threads. Return False if one does not end in time."""
        for thread in self._busy.values():
            thread.join(seconds)
        return not any(thread.is_alive() for thread in self._busy.values())

    def deliver(self) -> DeliveryStats:
        """Send on all channels and wait until all are done."""
        try:
            self.start()
        finally:
            self.wait()
        self._raise_kept()
        return self.stats

    def test(self, name: str, sample: Sequence[ReportedChange] = ()) -> Receipt:
        """Send a test message over one channel, now and once. If it arrives, a disabled channel is enabled again.

        With `sample`, the message looks like one about these changes, and says that it is a sample.

        Muted addresses are left out. Raise UsageError if the channel is unknown, unusable or muted. Raise DeliveryError
        if the message did not arrive.
        """
        channel = self._usable(name)
        now = self.context.clock.now()
        key = message_key(f"test {now.isoformat()}", name)
        with self.context.database.read() as session:
            kind = str(sample[0].change["kind"]) if sample else TEST
            store_id = history.store(session).store_id
            alert = Alert(key, kind, name, (), tuple(sample), len(sample), store_id, now, sample=bool(sample))
            muted = health.mute_reasons(session, name)
        to = tuple(address for address in channel.addresses if health.alike(address) not in muted)
        if "" in muted or (channel.addresses and not to):
            what = f"The channel {name} is muted" if "" in muted else f"All addresses of the channel {name} are muted"
            lift = lift_command(name, "" if "" in muted else channel.addresses[0])
            raise UsageError(f"{what}. To send again: {lift}", subject=name)
        try:
            receipt = channel.send(Delivery(key, channel.render(alert), now, to))
        finally:
            channel.close()
        if not receipt.failed:
            with self.context.database.write() as session:
                health.enable(session, [name])
        return receipt

    def _usable(self, name: str) -> Channel:
        if reason := self.context.alerts.unusable.get(name):
            raise UsageError(f"The channel {name} cannot be used: {reason}", subject=name)
        if name not in self.channels:
            hint = did_you_mean(name, self.channels)
            raise UsageError(f"There is no channel {name[:40]!r}.{hint} See: trialwatch alerts check", subject=name)
        return self.channels[name]

    def _look_at_the_clock(self) -> None:
        """Plan again what a clock ahead of time has planned: at once if our clock goes back, and regularly for other
        machines' clocks.
        """
        now, seen, last = self.context.clock.now(), self._seen, self._replanned
        self._seen = now
        if seen is None or last is None or now < seen or not is_recent(last, now, _REPLAN_EVERY):
            replan(self.context, self._retries, LEASE)
            self._replanned = now

    def _bury(self) -> None:
        """Give up what is due on muted channels that have no thread here, such as those taken out of the file."""
        now = self.context.clock.now()
        with self.context.database.read() as session:
            muted = {it.channel for it in health.muted(session) if not it.address and it.channel not in self.channels}
            due = [name for name in sorted(muted) if queue.has_due(session, name, now)]
        for name in due:
            with self.context.database.write() as session:
                self.stats.count(AttemptState.DEAD, queue.mark_dead(session, name, "The channel is muted", now))

    def _due(self) -> list[str]:
        now = self.context.clock.now()
        with self.context.database.read() as session:
            states = {name: health.channel_state(session, name) for name in self.channels}
        moved = [name for name, it in self.channels.items() if states[name].address not in ("", it.fingerprint)]
        if moved:  # a closed channel that leads elsewhere now is open
            with self.context.database.write() as session:
                for name in moved:
                    health.register_channel(session, name, self.channels[name].fingerprint)
                    states[name] = health.channel_state(session, name)
        with self.context.database.read() as session:
            return [
                name for name, state in states.items() if not state.is_closed(now) and queue.has_due(session, name, now)
            ]

    def _round(self, name: str) -> None:
        try:
            ChannelWorker(self.context, self.channels[name], self._settling, self.stats, self._stopping).run()
        except Exception as error:  # noqa: BLE001  (kept for `start`, which raises it where somebody listens)
            self._raised.append((self.context.clock.now(), error))

    def _raise_kept(self) -> None:
        """Raise a recent error of a channel thread. Drop older ones: their cause may be gone, and they would only cause
        another pause of the daemon.
        """
        now, kept, self._raised = self.context.clock.now(), self._raised, []
        for at, error in kept:
            if abs(now - at) < _FRESH:
                raise error

    def _close_abandoned(self) -> None:
        """Release the messages held back by an interrupted poll. Its changes are stored, so they are reported."""
        with self.context.database.read() as session:
            held = queue.open_batches(session)
        if not held:
            return
        now = self.context.clock.now()
        with suppress(PollLocked), poll_lock(self.context.database, self.context.holder, lambda: False):
            # No poll runs now. The daily job holds no lock, so its batches get some time.
            for batch, since in held.items():
                if batch.startswith("run:") or not is_recent(since, now, _ABANDONED):
                    with self.context.database.write() as session:
                        self.context.event_writer.close(session, batch, now)
