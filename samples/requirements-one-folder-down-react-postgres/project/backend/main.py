import os

import psycopg
from fastapi import FastAPI

app = FastAPI()


@app.get("/api/scores")
def scores() -> list[dict[str, object]]:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT name, points FROM (VALUES ('Ada', 3)) AS t (name, points)")
        return [{"name": name, "points": points} for name, points in rows]
