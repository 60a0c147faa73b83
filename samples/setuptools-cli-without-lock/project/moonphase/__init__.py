"""The phase of the moon, near enough for a walk at night."""

from datetime import date

NEW_MOON = date(2000, 1, 6)
LUNATION = 29.530588  # days
PHASES = (
    "new moon",
    "waxing crescent",
    "first quarter",
    "waxing gibbous",
    "full moon",
    "waning gibbous",
    "last quarter",
    "waning crescent",
)


def phase(day: date) -> str:
    age = (day - NEW_MOON).days % LUNATION
    return PHASES[round(age / LUNATION * len(PHASES)) % len(PHASES)]
