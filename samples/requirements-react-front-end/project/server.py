"""A guess-the-number score board: the API, and the front end that was built into frontend/dist."""

import os

import psycopg
from flask import Flask, jsonify, request

app = Flask(__name__, static_folder="frontend/dist", static_url_path="/")


def connect() -> psycopg.Connection:
    connection = psycopg.connect(os.environ["DATABASE_URL"])
    connection.execute("CREATE TABLE IF NOT EXISTS score (name text PRIMARY KEY, points integer NOT NULL)")
    return connection


@app.get("/")
def index():
    return app.send_static_file("index.html")


@app.get("/api/scores")
def scores():
    with connect() as connection:
        rows = connection.execute("SELECT name, points FROM score ORDER BY points DESC").fetchall()
    return jsonify([{"name": name, "points": points} for name, points in rows])


@app.put("/api/scores/<name>")
def set_score(name: str):
    points = int(request.get_json()["points"])
    with connect() as connection:
        connection.execute(
            "INSERT INTO score VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET points = excluded.points",
            (name, points),
        )
    return jsonify(name=name, points=points)
