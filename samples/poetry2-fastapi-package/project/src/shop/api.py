from fastapi import FastAPI, HTTPException

from shop.prices import PRICES, total

api = FastAPI(title="Shop")


@api.get("/prices")
def prices() -> dict[str, str]:
    return {article: str(price) for article, price in PRICES.items()}


@api.post("/orders")
def order(articles: dict[str, int]) -> dict[str, str]:
    try:
        return {"total": str(total(articles))}
    except KeyError as error:
        raise HTTPException(404, f"{error.args[0]} is not sold here") from error
