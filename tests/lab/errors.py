"""What can go wrong in the lab itself, as one class."""

from __future__ import annotations


class LabError(Exception):
    """The lab could not make or reach a host; says what and, where known, what to do."""
