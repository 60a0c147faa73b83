from flask import Flask, abort, jsonify
from units import celsius_to

app = Flask(__name__)


@app.get("/<unit>/<float(signed=True):celsius>")
def temperature(unit: str, celsius: float):
    try:
        return jsonify(unit=unit, temperature=celsius_to(unit, celsius))
    except KeyError:
        abort(404, f"{unit} is no unit of temperature here")
