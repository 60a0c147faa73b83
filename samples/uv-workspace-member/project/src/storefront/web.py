from decimal import Decimal

from flask import Flask, jsonify
from pricing import gross

app = Flask(__name__)


@app.get("/price/<net>")
def price(net: str):
    return jsonify(net=net, gross=str(gross(Decimal(net))))
