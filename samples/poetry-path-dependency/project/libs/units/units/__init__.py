CONVERSIONS = {
    "celsius": lambda celsius: celsius,
    "fahrenheit": lambda celsius: celsius * 9 / 5 + 32,
    "kelvin": lambda celsius: celsius + 273.15,
}


def celsius_to(unit: str, celsius: float) -> float:
    return round(CONVERSIONS[unit](celsius), 2)
