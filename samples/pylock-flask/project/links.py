from flask import Flask, abort, redirect

TARGETS = {"py": "https://docs.python.org/3/", "pep": "https://peps.python.org/"}

app = Flask(__name__)


@app.get("/")
def index():
    return TARGETS


@app.get("/<name>")
def follow(name: str):
    return redirect(TARGETS.get(name) or abort(404))
