"""How often a job is run, by which process, and what it takes up; users who are revoked, and whose turn it is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns to the jobs and the users, and the index by which a user's next job is found."""
    for column in (
        sa.Column("max_attempts", sa.Integer, nullable=False, server_default="1"),
        sa.Column("runs", sa.Integer, nullable=False, server_default="0"),
        sa.Column("event_base", sa.Integer, nullable=False, server_default="0"),
        sa.Column("runner", sa.JSON),
        sa.Column("stored", sa.BigInteger, nullable=False, server_default="0"),
    ):
        op.add_column("jobs", column)
    op.execute("UPDATE jobs SET runs = 1 WHERE started_at IS NOT NULL")  # what has run once, may run no more than that
    for column in (
        sa.Column("revoked_at", sa.DateTime),
        sa.Column("served", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("stored", sa.BigInteger, nullable=False, server_default="0"),
    ):
        op.add_column("users", column)
    op.create_index("ix_jobs_state_owner_number", "jobs", ["state", "owner", "number"])
