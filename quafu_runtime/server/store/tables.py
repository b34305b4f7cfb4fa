"""The tables. A change here needs a migration in `migrations/versions`; a test compares the two."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from quafu_runtime.server.lifecycle import State

ID_LENGTH = 32
"""Ids are 32 hexadecimal digits, as the deployed service's are."""

KEY_LENGTH = 200
"""The longest idempotency key."""

HASH_LENGTH = 64
"""A SHA-256 in hexadecimal digits."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python, without its zone in SQLite, which knows none."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn an aware moment into what the database holds."""
        del dialect
        return value if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn what the database holds into an aware moment."""
        del dialect
        return value if value is None else value.replace(tzinfo=UTC)


StateColumn = sa.Enum(
    State,
    native_enum=False,
    length=16,
    create_constraint=False,
    values_callable=lambda states: [s.value for s in states],
)
"""States as short texts: a new one needs no change of the schema."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.String, nullable=False, unique=True),
    sa.Column("token_hash", sa.String(HASH_LENGTH), nullable=False, unique=True),
    sa.Column("is_owner", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
    # The turn in which a job of theirs was last handed out: who waits longest for a turn has the next.
    sa.Column("served", sa.BigInteger, nullable=False, server_default="0"),
    # Bytes of their programs and jobs.
    sa.Column("stored", sa.BigInteger, nullable=False, server_default="0"),
)

programs = sa.Table(
    "programs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(ID_LENGTH), nullable=False, unique=True),
    sa.Column("owner", sa.Integer, sa.ForeignKey("users.number"), nullable=False),
    sa.Column("name", sa.String, nullable=False, index=True),
    sa.Column("description", sa.String, nullable=False),
    sa.Column("backend", sa.String),
    sa.Column("group", sa.String),
    sa.Column("cost", sa.Float),
    sa.Column("is_public", sa.Boolean, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("owner", "name"),
    sqlite_autoincrement=True,  # a number is a place in the order of creation, so it is never given twice
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(ID_LENGTH), nullable=False, unique=True),
    sa.Column("owner", sa.Integer, sa.ForeignKey("users.number"), nullable=False),
    # The program as it was when the job was accepted: it may be changed or deleted while the job waits.
    sa.Column("program_id", sa.String(ID_LENGTH), nullable=False),
    sa.Column("program_name", sa.String, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("params", sa.Text, nullable=False),
    sa.Column("backend", sa.String, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("max_execution_time", sa.Float, nullable=False),
    sa.Column("state", StateColumn, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("losses", sa.Integer, nullable=False),
    sa.Column("token_hash", sa.String(HASH_LENGTH)),
    sa.Column("lease_until", Moment),
    sa.Column("cancel_requested", sa.Boolean, nullable=False),
    sa.Column("result", sa.Text),
    sa.Column("result_types", sa.JSON(none_as_null=True)),
    sa.Column("engine", sa.String),
    sa.Column("versions", sa.JSON(none_as_null=True)),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("started_at", Moment),
    sa.Column("finished_at", Moment),
    sa.Column("label", sa.String),
    sa.Column("assigned_at", Moment),
    sa.Column("exit", sa.JSON(none_as_null=True)),
    # All circuits of the job, also those of which no event is kept, and the seconds that they took.
    sa.Column("circuits", sa.Integer, nullable=False, server_default="0"),
    sa.Column("simulated", sa.Float, nullable=False, server_default="0"),
    # How often its `run` may be called in all, how often it was, and the number of the last event before that.
    sa.Column("max_attempts", sa.Integer, nullable=False, server_default="1"),
    sa.Column("runs", sa.Integer, nullable=False, server_default="0"),
    sa.Column("event_base", sa.Integer, nullable=False, server_default="0"),
    sa.Column("runner", sa.JSON(none_as_null=True)),  # the process that reports, as a later service can find it
    sa.Column("stored", sa.BigInteger, nullable=False, server_default="0"),  # bytes, its events included
    sa.Index(None, "state", "number"),  # the next job of the queue, and the running ones, without a scan
    sa.Index(None, "state", "owner", "number"),  # a user's next job
    # The pages of a user's list, the newest first, with each of its filters.
    sa.Index(None, "owner", "created_at"),
    sa.Index(None, "owner", "state", "created_at"),
    sa.Index(None, "owner", "program_id", "created_at"),
    sa.Index(None, "owner", "program_name", "created_at"),
    sqlite_autoincrement=True,
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("job", sa.Integer, sa.ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("types", sa.JSON(none_as_null=True)),
    sa.Column("at", sa.String, nullable=False),
    # The ledger of a job, without a look at what it has printed.
    sa.Index("ix_events_circuits", "job", "seq", sqlite_where=sa.text("kind = 'circuit'")),
    sqlite_with_rowid=False,  # the events of a job lie beside each other, in order
)

job_tags = sa.Table(
    "job_tags",
    metadata,
    sa.Column("job", sa.Integer, sa.ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("owner", sa.Integer, nullable=False),  # that of the job, so that a tag is looked up among one user's jobs
    sa.Column("tag", sa.String, nullable=False),
    sa.Index(None, "owner", "tag", "job"),
    sqlite_with_rowid=False,
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("owner", sa.Integer, sa.ForeignKey("users.number"), primary_key=True),
    sa.Column("key", sa.String(KEY_LENGTH), primary_key=True),
    sa.Column("digest", sa.String(HASH_LENGTH), nullable=False),
    sa.Column("answer", sa.JSON, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)
