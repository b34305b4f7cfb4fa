"""Kills processes of a runtime service at every step of a job's life, and audits what is left.

`python -m tests.crash` runs it, in lives: a service is started with a plan of kills, jobs are submitted, followed and
cancelled, and whenever the service has died it is started again on the same folder, until every job has ended.
"""
