"""Talkoo: microtasks, ideas and shared work for the people of the public sector."""

__version__ = "0.2.0.dev0"
