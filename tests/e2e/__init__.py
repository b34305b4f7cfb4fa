"""Tests that start the real thing."""
