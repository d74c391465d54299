"""Moments in few words, as a writer would say them."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication


def clock(moment: datetime) -> str:
    """Return the time of a moment today, or else its day."""
    moment = moment.astimezone()
    if moment.date() == datetime.now().date():
        return moment.strftime("%H:%M")
    return moment.strftime("%d %b")


def day_and_time(moment: datetime) -> str:
    """Return `today 14:29`, or the day in the place of `today`."""
    moment = moment.astimezone()
    is_today = moment.date() == datetime.now().date()
    day = QCoreApplication.translate("Moments", "today") if is_today else f"{moment:%d %b}"
    return f"{day} {moment:%H:%M}"
