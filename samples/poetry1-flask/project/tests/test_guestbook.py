from guestbook import create_app


def test_the_newest_entry_is_shown():
    client = create_app().test_client()
    client.post("/", data={"name": "Bob", "text": "Good coffee."})
    assert "Good coffee." in client.get("/").text
