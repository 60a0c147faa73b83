from decimal import Decimal

import pytest
from shop.prices import total


def test_an_order_is_added_up():
    assert total({"apple": 3, "bread": 1}) == Decimal("4.40")


def test_what_is_not_sold_has_no_price():
    with pytest.raises(KeyError):
        total({"lamp": 1})
