"""A guest book that forgets: the newest entries, kept in memory."""

from collections import deque

from flask import Flask, redirect, render_template, request, url_for


def create_app(size: int = 20) -> Flask:
    app = Flask(__name__)
    entries: deque[tuple[str, str]] = deque([("Ada", "Lovely place.")], maxlen=size)

    @app.get("/")
    def index():
        return render_template("index.html", entries=entries)

    @app.post("/")
    def sign():
        entries.appendleft((request.form["name"], request.form["text"]))
        return redirect(url_for("index"))

    return app
