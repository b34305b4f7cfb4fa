"""What every part of a job with blocking calls stands on: its id, its connections, what is known of it here."""

from typing import TYPE_CHECKING, Any, Self

from quafu_runtime._client.arguments import job_identifier
from quafu_runtime._client.drivers import SyncClient
from quafu_runtime._client.failures import NOT_KNOWN, Context
from quafu_runtime._client.inputs import registered_params
from quafu_runtime._client.locks import Lock
from quafu_runtime._client.records import Submitted

if TYPE_CHECKING:
    from quafu_runtime._client.delivery import ThreadDelivery
    from quafu_runtime.cards.live import LiveCard


class JobCore:
    """A job's id, its connections, and what is known of it here."""

    _client: SyncClient

    @classmethod
    def _of(cls, client: SyncClient, submitted: Submitted, params: object = NOT_KNOWN) -> Self:
        """A job that shares the connections of its service; params are `NOT_KNOWN` where it was run elsewhere."""
        job = cls.__new__(cls)
        job._take(client, submitted, params)  # noqa: SLF001 - another way to make the same object
        return job

    def _take(self, client: SyncClient, submitted: Submitted, params: object) -> None:
        self._client = client
        self._job_id = job_identifier(submitted.job_id)
        self._program_id = submitted.program_id
        self._params = params
        self._delivery: ThreadDelivery | None = None
        self._starting = Lock()
        self._card: LiveCard | None = None
        self._own_client = False
        self.params: Any = None if params is NOT_KNOWN else params
        self.backend = submitted.backend

    def _context(self) -> Context:
        """What the caller has of the job, for the messages of its errors."""
        return Context(self._client.known, self._program_id, self._known_params, self._client.account.get_token())

    def _known_params(self) -> object:
        """What the program got, as far as it is known on this machine."""
        if self._params is not NOT_KNOWN:
            return self._params
        return registered_params(self._client.registry, self._job_id)
