from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return "The lock does not know what the Pipfile asks for.\n"
