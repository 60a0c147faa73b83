"""Prints the primes below one hundred."""

from itertools import count, takewhile


def primes():
    found: list[int] = []
    for number in count(2):
        if all(number % prime for prime in takewhile(lambda prime: prime * prime <= number, found)):
            found.append(number)
            yield number


def main() -> None:
    below_one_hundred = list(takewhile(lambda prime: prime < 100, primes()))
    print(f"{len(below_one_hundred)} primes below 100:", *below_one_hundred)


if __name__ == "__main__":
    main()
