"""Rolls dice: GET /3d6 answers with three numbers and their sum."""

from random import randint

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route


async def usage(request: Request) -> PlainTextResponse:
    return PlainTextResponse("Ask for dice: /3d6\n")


async def roll(request: Request) -> JSONResponse:
    dice, sides = request.path_params["dice"], request.path_params["sides"]
    rolled = [randint(1, max(sides, 1)) for _ in range(min(dice, 100))]
    return JSONResponse({"rolled": rolled, "sum": sum(rolled)})


dice_server = Starlette(routes=[Route("/", usage), Route("/{dice:int}d{sides:int}", roll)])
