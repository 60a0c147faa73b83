import logging.config
from pathlib import Path

from flask import Flask

LOGGING = {
    "version": 1,
    "handlers": {
        "file": {
            "class": "logging.FileHandler",
            "filename": Path(__file__).parent / "shop.log",
        }
    },
    "root": {"handlers": ["file"]},
}
logging.config.dictConfig(LOGGING)
app = Flask(__name__)


@app.get("/")
def index():
    return "ok"
