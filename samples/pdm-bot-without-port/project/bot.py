"""Tells the height of an imaginary tide, again and again. It listens on no port and runs until it is stopped."""

import logging
import math
import os
import signal
import time

from apscheduler.schedulers.blocking import BlockingScheduler

INTERVAL = float(os.environ.get("TIDE_INTERVAL", "2"))  # seconds
PERIOD = 12.42 * 3600  # seconds from one high tide to the next

log = logging.getLogger("tide-bot")


def tell() -> None:
    log.info("the tide stands at %+.2f m", 2 * math.cos(2 * math.pi * time.time() / PERIOD))


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    scheduler = BlockingScheduler(timezone="UTC")
    scheduler.add_job(tell, "interval", seconds=INTERVAL)
    signal.signal(signal.SIGTERM, lambda *_: scheduler.shutdown(wait=False))
    tell()
    scheduler.start()
    log.info("stopped")


if __name__ == "__main__":
    main()
