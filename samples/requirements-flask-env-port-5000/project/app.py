"""Greets; what it says and where it listens comes from the environment."""

import os

from flask import Flask

GREETING = os.environ.get("GREETING", "Good day")
SIGNATURE = os.getenv("SIGNATURE", "the reception")

app = Flask(__name__)


@app.route("/")
def greet():
    return f"{GREETING} from {SIGNATURE}"


@app.route("/<name>")
def greet_by_name(name: str):
    return f"{GREETING}, {name}, from {SIGNATURE}"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", "5000")))
