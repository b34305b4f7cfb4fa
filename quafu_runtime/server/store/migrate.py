"""Brings a store to the present schema, at each start."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from quafu_runtime.server.store.database import Access, Database

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Run the migrations that the store has not seen yet, all or none.

    Two processes that do this at the same moment do it one after the other: the second finds nothing to do.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: The file is no store, or cannot be written.
        alembic.util.CommandError: The store was written by a newer version of this package.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with database.connect(Access.WRITE_DURABLY) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
