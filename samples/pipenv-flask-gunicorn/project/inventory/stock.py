from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Article:
    number: str
    name: str
    pieces: int


ARTICLES = (Article("A-100", "Hex bolt M8", 240), Article("A-200", "Washer M8", 1_200), Article("B-110", "Hinge", 0))


def available() -> list[dict[str, object]]:
    return [asdict(article) for article in ARTICLES if article.pieces]
