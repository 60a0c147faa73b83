"""Rainfall per station, as a table."""

import pandas as pd
from flask import Flask

app = Flask(__name__)

MEASURED = pd.DataFrame(
    {"station": ["Bergen", "Bergen", "Almeria"], "millimetres": [12.5, 8.5, 0.2]},
)


@app.get("/")
def per_station() -> str:
    """Return the mean of each station, as a Markdown table."""
    return MEASURED.groupby("station").mean().to_markdown()
