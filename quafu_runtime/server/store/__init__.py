"""What the service keeps: users, programs, jobs and their events, in SQLAlchemy Core.

A module per table holds its statements, as functions that take a connection. `database` opens the file, `store` runs
the statements off the event loop, `migrate` brings the file to the present schema.
"""
