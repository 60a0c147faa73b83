from flask import Flask, jsonify

app = Flask(__name__)

CITIES = {"Zürich": 434_008, "Łódź": 652_015, "Málaga": 591_637}


@app.route("/")
def cities():
    return jsonify(sorted(CITIES))


@app.route("/<city>")
def inhabitants(city):
    return jsonify(city=city, inhabitants=CITIES.get(city))
