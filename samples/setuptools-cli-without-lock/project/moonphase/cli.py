from datetime import date, datetime

import click

from moonphase import phase


@click.command()
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day to look at; today if not given.")
def main(day: datetime | None) -> None:
    """Print the phase of the moon."""
    chosen = day.date() if day else date.today()
    click.echo(f"Moon on {chosen}: {phase(chosen)}")
