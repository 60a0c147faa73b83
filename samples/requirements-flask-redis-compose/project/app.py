"""Counts its visitors in Redis, so that the number outlives the process."""

import os

import redis
from flask import Flask

app = Flask(__name__)
store = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"))


@app.get("/")
def count_visit():
    visits = store.incr("visits")
    return f"This page was seen {visits} times.\n"


@app.get("/health")
def health():
    store.ping()
    return "ok\n"
