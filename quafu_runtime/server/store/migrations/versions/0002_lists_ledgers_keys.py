"""Lists of jobs, with labels and tags; ledgers of circuits; how jobs ended; idempotency keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns to the jobs, two tables, and the indexes that lists and ledgers are read by."""
    for column in (
        sa.Column("label", sa.String),
        sa.Column("assigned_at", sa.DateTime),
        sa.Column("exit", sa.JSON),
        sa.Column("circuits", sa.Integer, nullable=False, server_default="0"),
        sa.Column("simulated", sa.Float, nullable=False, server_default="0"),
    ):
        op.add_column("jobs", column)
    for name, columns in (
        ("ix_jobs_owner_created_at", ["owner", "created_at"]),
        ("ix_jobs_owner_state_created_at", ["owner", "state", "created_at"]),
        ("ix_jobs_owner_program_id_created_at", ["owner", "program_id", "created_at"]),
        ("ix_jobs_owner_program_name_created_at", ["owner", "program_name", "created_at"]),
    ):
        op.create_index(name, "jobs", columns)
    op.create_index("ix_events_circuits", "events", ["job", "seq"], sqlite_where=sa.text("kind = 'circuit'"))
    _job_tags()
    _idempotency_keys()


def _job_tags() -> None:
    op.create_table(
        "job_tags",
        sa.Column("job", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("tag", sa.String, nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.number"], name="fk_job_tags_job", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job", "place", name="pk_job_tags"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_job_tags_owner_tag_job", "job_tags", ["owner", "tag", "job"])


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["users.number"], name="fk_idempotency_keys_owner"),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_idempotency_keys"),
        sqlite_with_rowid=False,
    )
