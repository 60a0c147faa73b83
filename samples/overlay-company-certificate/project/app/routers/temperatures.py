from typing import Annotated

from fastapi import APIRouter, Query

router = APIRouter(prefix="/temperatures")


@router.get("/fahrenheit")
def fahrenheit(celsius: Annotated[float, Query(ge=-273.15)]) -> dict[str, float]:
    return {"celsius": celsius, "fahrenheit": round(celsius * 9 / 5 + 32, 2)}
