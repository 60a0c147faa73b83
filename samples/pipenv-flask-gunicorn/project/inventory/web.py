from flask import Flask, jsonify

from inventory import stock

application = Flask(__name__)


@application.get("/articles")
def articles():
    return jsonify(stock.available())


@application.get("/healthz")
def health():
    return jsonify(status="ok")
