"""Fakes of what we do not own: the deployed service, and networks that break. Real sockets, no line of our client."""
