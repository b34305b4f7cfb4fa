"""The first schema: users, programs, jobs, events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_STATES = sa.Enum(
    "queued", "assigned", "running", "done", "error", "cancelled", name="state", native_enum=False, length=16
)


def upgrade() -> None:
    """Make the tables."""
    _users()
    _programs()
    _jobs()
    _events()


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("is_owner", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
        sa.UniqueConstraint("token_hash", name="uq_users_token_hash"),
    )


def _programs() -> None:
    op.create_table(
        "programs",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("description", sa.String, nullable=False),
        sa.Column("backend", sa.String),
        sa.Column("group", sa.String),
        sa.Column("cost", sa.Float),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["users.number"], name="fk_programs_owner"),
        sa.PrimaryKeyConstraint("number", name="pk_programs"),
        sa.UniqueConstraint("id", name="uq_programs_id"),
        sa.UniqueConstraint("owner", "name", name="uq_programs_owner_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_programs_name", "programs", ["name"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("program_id", sa.String(32), nullable=False),
        sa.Column("program_name", sa.String, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("backend", sa.String, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("max_execution_time", sa.Float, nullable=False),
        sa.Column("state", _STATES, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("losses", sa.Integer, nullable=False),
        sa.Column("token_hash", sa.String(64)),
        sa.Column("lease_until", sa.DateTime),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("result_types", sa.JSON),
        sa.Column("engine", sa.String),
        sa.Column("versions", sa.JSON),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("started_at", sa.DateTime),
        sa.Column("finished_at", sa.DateTime),
        sa.ForeignKeyConstraint(["owner"], ["users.number"], name="fk_jobs_owner"),
        sa.PrimaryKeyConstraint("number", name="pk_jobs"),
        sa.UniqueConstraint("id", name="uq_jobs_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_state_number", "jobs", ["state", "number"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("job", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("types", sa.JSON),
        sa.Column("at", sa.String, nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.number"], name="fk_events_job", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job", "seq", name="pk_events"),
        sqlite_with_rowid=False,
    )
