from decimal import ROUND_HALF_UP, Decimal

TAX = Decimal("0.20")


def gross(net: Decimal) -> Decimal:
    """The price with tax, rounded to cents."""
    return (net * (1 + TAX)).quantize(Decimal("0.01"), ROUND_HALF_UP)
