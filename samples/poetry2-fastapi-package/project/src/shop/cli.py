from shop.prices import PRICES


def main() -> None:
    for article, price in PRICES.items():
        print(f"{article:<10}{price:>8} EUR")
