from main import app


def test_a_new_note_is_listed():
    client = app.test_client()
    assert client.post("/notes", json={"text": "Call Ada"}).status_code == 201
    assert "Call Ada" in [note["text"] for note in client.get("/notes").json]


def test_a_note_without_text_is_refused():
    assert app.test_client().post("/notes", json={}).status_code == 400
