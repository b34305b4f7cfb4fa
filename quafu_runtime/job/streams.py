"""What a job publishes and prints, as it comes: callbacks, iterators, live logs."""

from collections.abc import Callable
from functools import partial
from typing import Any

from quafu_runtime._client import jobs
from quafu_runtime._client.arguments import count
from quafu_runtime._client.callbacks import event_of, message_of, text_of, with_two_arguments
from quafu_runtime._client.delivery import DRAIN_SECONDS, ThreadDelivery, refuse_a_second
from quafu_runtime._client.flow import T
from quafu_runtime._client.iterators import JobStream
from quafu_runtime._client.jobs import Decoder
from quafu_runtime._client.records import JobEvent
from quafu_runtime._client.sockets import SyncReader
from quafu_runtime._client.stream import INTERIM, LOG, Arrived, StreamState
from quafu_runtime.job.core import JobCore


class StreamCalls(JobCore):
    """The calls of a job that are about its streams."""

    def interim_results(self, callback: Callable[..., Any], decoder: type[Decoder] | None = None) -> None:
        """Have a callback called with each interim result, in order, in a thread of its own; returns at once.

        It begins with the first one, also of a job that has been running or has ended, where the service replays; the
        deployed one sends what is published from now on. It ends with the job, and never keeps the interpreter alive.
        An exception in the callback ends it, is logged, and is found in `interim_error`. A message that cannot be
        decoded is logged and passed over.

        Args:
            callback: A function of `(data)` or `(job_id, data)`.
            decoder: A class whose `decode` makes the value of a message's text; None for what was published.

        Raises:
            ArgumentError: The callback takes other arguments.
            JobStateError: A callback is being served already, or the job has ended at a service that does not replay.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        ready = with_two_arguments(callback)
        with self._starting:
            refuse_a_second(self._delivery, self._job_id)
            self._client.drive(jobs.ready_to_stream(self._job_id, self._client.known))
            state = StreamState(self._job_id, (INTERIM,), self._client.policy, health=self._client.health)
            reader = SyncReader(self._client, state)
            self._delivery = ThreadDelivery(reader, ready, decoder)

    def interim_result_cancel(self) -> None:
        """Have the callback of `interim_results` called no more. Without one, nothing happens."""
        if self._delivery is not None:
            self._delivery.stop()

    @property
    def interim_error(self) -> BaseException | None:
        """What ended the last `interim_results` before the job's end: the callback's exception, or a broken stream."""
        return None if self._delivery is None else self._delivery.error

    def stream(self, decoder: type[Decoder] | None = None, *, after: int | None = None) -> JobStream[Any]:
        """An iterator over the interim results, in order, which ends with the job.

        It begins where `interim_results` does, or behind an event that was seen before. A message that cannot be
        decoded raises the decoder's error; the next call goes on behind it. Where the line breaks and the service does
        not replay, a `StreamGapWarning` says so, and `gaps` of the iterator counts it.

        Args:
            decoder: A class whose `decode` makes the value of a message's text; None for what was published.
            after: The number of the last event that was seen, as `JobStream.last` and `JobEvent.seq` have it; None to
                begin at the beginning. It takes a service that replays.

        Raises:
            ArgumentError: `after` is given and is no such number, or the service does not replay.
            JobStateError: The job has ended, and the service does not replay.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
            StreamError: While iterating: the stream broke, and cannot be taken up again.

        Example:
            ```python
            for energy in job.stream():
                print(energy)
            ```
        """
        return self._stream((INTERIM,), partial(message_of, decoder=decoder), after)

    def events(self, *, after: int | None = None) -> JobStream[JobEvent]:
        """An iterator over what the job prints and publishes, in the order in which it happened.

        Where the service does not stream logs, they come as one event after the last interim result. Where it does not
        replay either, and the line broke, an event of the kind `"gap"` stands for what may be missing.

        Args:
            after: The `seq` of the last event that was seen; None to begin at the beginning. It takes a service that
                replays.

        Raises:
            ArgumentError: `after` is given and is no such number, or the service does not replay.
            JobStateError: The job has ended, and the service does not replay.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
            StreamError: While iterating: the stream broke, and cannot be taken up again.
        """
        return self._stream((INTERIM, LOG), event_of, after)

    def stream_logs(self) -> JobStream[str]:
        """An iterator over what the program prints, in pieces of text as they come, which ends with the job.

        It begins with the first line, and is live, like `tail -f`. Where the service does not stream logs, it is asked
        for them once a second.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
            StreamError: While iterating: the stream broke, and cannot be taken up again.

        Example:
            ```python
            for piece in job.stream_logs():
                print(piece, end="")
            ```
        """
        return self._stream((LOG,), text_of, None)

    def card(self) -> None:
        """Show the job as a card in this cell of a notebook: status, time, progress, log, interim results, result.

        It returns at once; a thread keeps the card up to date, and ends with the job. A job that is the last expression
        of a cell is shown so, too, unless `QUAFU_RUNTIME_CARDS` is `off`. Elsewhere than in a notebook the repr is
        printed.
        """
        from quafu_runtime.cards import screen

        if not screen.is_notebook():
            screen.write(repr(self))
            return
        if self._card is None:
            from quafu_runtime.cards.live import LiveCard
            from quafu_runtime.cards.watch import Watch

            watch = Watch(self._job_id, self.params, self.backend, repr(self))
            self._card = LiveCard(self._client, self._job_id, self._context(), watch)
        self._card.show()

    def _ipython_display_(self) -> None:
        from quafu_runtime.cards import screen

        if not screen.is_on():
            raise NotImplementedError  # IPython then shows the repr
        self.card()

    def _stream(self, kinds: tuple[str, ...], convert: Callable[[Arrived], T], after: int | None) -> JobStream[T]:
        number = None if after is None else count(after, "after")
        only_logs = kinds == (LOG,)
        self._client.drive(jobs.ready_to_stream(self._job_id, self._client.known, after=number, only_logs=only_logs))
        return JobStream(self._client, self._job_id, kinds, convert, number or 0)

    def _drain(self) -> None:
        if self._delivery is not None:
            self._delivery.drain(DRAIN_SECONDS)
