from server import dice_server
from starlette.testclient import TestClient


def test_the_sum_is_that_of_the_dice():
    answer = TestClient(dice_server).get("/3d6").json()
    assert answer["sum"] == sum(answer["rolled"])
