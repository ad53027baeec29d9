"""Reads of small work. Visibility is part of every query."""
