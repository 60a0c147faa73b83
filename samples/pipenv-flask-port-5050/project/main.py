"""A list of notes behind a small JSON API."""

from flask import Flask, abort, jsonify, request

app = Flask(__name__)
notes: dict[int, str] = {1: "Buy milk"}


@app.get("/")
def index():
    return jsonify(service="notes", notes=len(notes))


@app.get("/notes")
def list_notes():
    return jsonify([{"id": key, "text": text} for key, text in sorted(notes.items())])


@app.get("/notes/<int:key>")
def show_note(key: int):
    if key not in notes:
        abort(404)
    return jsonify(id=key, text=notes[key])


@app.post("/notes")
def add_note():
    text = (request.get_json(silent=True) or {}).get("text", "").strip()
    if not text:
        abort(400, "a note needs a text")
    key = max(notes, default=0) + 1
    notes[key] = text
    return jsonify(id=key, text=text), 201


if __name__ == "__main__":
    app.run(port=5050)
