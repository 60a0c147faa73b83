"""What a script turns out to be by the outside calls that it makes."""

import ast

from dockwright.detect.application.module import Site
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.values import External, Made, Member, Value, method_kinds
from dockwright.model.application import ProcessKind
from dockwright.model.record import row

B, S, W, C = ProcessKind.BOT, ProcessKind.SCHEDULER, ProcessKind.WORKER, ProcessKind.COMMAND


@row
class Sign:
    """What a call says about the script that makes it."""

    kind: ProcessKind
    framework: str
    site: Site


SIGNS: dict[tuple[str, str], tuple[ProcessKind, str]] = {
    ("discord", "run"): (B, "discord"),
    ("discord", "start"): (B, "discord"),
    ("nextcord", "run"): (B, "discord"),
    ("disnake", "run"): (B, "discord"),
    ("interactions", "start"): (B, "discord"),
    ("hikari", "run"): (B, "discord"),
    ("telegram", "run_polling"): (B, "telegram"),
    ("telegram", "run_webhook"): (B, "telegram"),
    ("telegram", "start_polling"): (B, "telegram"),
    ("telegram", "start_webhook"): (B, "telegram"),
    ("telebot", "infinity_polling"): (B, "telegram"),
    ("telebot", "polling"): (B, "telegram"),
    ("aiogram", "start_polling"): (B, "aiogram"),
    ("aiogram", "run_polling"): (B, "aiogram"),
    ("aiogram", "start_webhook"): (B, "aiogram"),
    ("pyrogram", "run"): (B, "telegram"),
    ("telethon", "run_until_disconnected"): (B, "telegram"),
    ("twitchio", "run"): (B, "twitch"),
    ("slack_bolt", "start"): (B, "slack"),
    ("slack_bolt", "start_async"): (B, "slack"),
    ("nio", "sync_forever"): (B, "matrix"),
    ("vkbottle", "run_forever"): (B, "vk"),
    ("apscheduler", "start"): (S, "apscheduler"),
    ("apscheduler", "run_until_stopped"): (S, "apscheduler"),
    ("schedule", "run_pending"): (S, "schedule"),
    ("rocketry", "run"): (S, "rocketry"),
    ("rq", "work"): (W, "rq"),
    ("rq_scheduler", "run"): (S, "rq"),
    ("pika", "start_consuming"): (W, "pika"),
    ("kombu", "run"): (W, "kombu"),
    ("kafka", "KafkaConsumer"): (W, "kafka"),
    ("aiokafka", "AIOKafkaConsumer"): (W, "kafka"),
    ("confluent_kafka", "Consumer"): (W, "kafka"),
    ("faststream", "run"): (W, "faststream"),
    ("paho", "loop_forever"): (W, "mqtt"),
    ("temporalio", "run"): (W, "temporal"),
    ("celery", "worker_main"): (W, "celery"),
    ("watchdog", "start"): (W, "watchdog"),
    ("arq", "run_worker"): (W, "arq"),
    ("huey", "run"): (W, "huey"),
    ("saq", "start"): (W, "saq"),
    ("websockets", "connect"): (W, "websockets"),
    ("click", "command"): (C, "click"),
    ("typer", "Typer"): (C, "typer"),
    ("typer", "run"): (C, "typer"),
    ("fire", "Fire"): (C, "fire"),
    ("argparse", "ArgumentParser"): (C, "argparse"),
}  # fmt: skip
"""(Package, last name of the call) -> what it means."""

_BLOCKING = (
    "apscheduler.schedulers.blocking",
    "apscheduler.schedulers.asyncio",
    "apscheduler.Scheduler",
    "apscheduler.AsyncScheduler",
)
_ORDER = (B, S, W, C)
_NAMES = frozenset(name for _, name in SIGNS)


def strongest_sign(resolver: Resolver, sites: list[Site]) -> Sign | None:
    """Return the sign that settles what a script is: a bot before a scheduler before a worker before a command."""
    found = [sign for site in sites if (sign := _sign(resolver, site))]
    return min(found, key=lambda sign: _ORDER.index(sign.kind), default=None)


def _sign(resolver: Resolver, site: Site) -> Sign | None:
    call = site.node
    if not isinstance(call, ast.Call):
        return None
    spelled = (
        call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    )
    if spelled not in _NAMES:
        return None
    for kind in _kinds(resolver.value(call.func, site.scope)):
        top, name = kind.partition(".")[0].partition("(")[0], kind.rpartition(".")[2]
        if (top, name) in SIGNS and (top != "apscheduler" or kind.startswith(_BLOCKING)):
            process, framework = SIGNS[top, name]
            return Sign(process, framework, site)
    return None


def _kinds(value: Value | None) -> tuple[str, ...]:
    match value:
        case External(dotted=dotted):
            return (dotted,)
        case Member() as member:
            return method_kinds(member)
        case Made(kinds=kinds):
            return kinds
        case _:
            return ()


def never_ends(loops: list[Site]) -> bool | None:
    """Return True where an endless loop runs that neither breaks nor asks at the terminal, None where that is open."""
    for loop in loops:
        if (
            isinstance(loop.node, ast.While)
            and isinstance(loop.node.test, ast.Constant)
            and loop.node.test.value
        ):
            inner = list(ast.walk(loop.node))
            # A generator goes on only as long as somebody asks it for more.
            leaves = ast.Break | ast.Return | ast.Yield | ast.YieldFrom
            if not any(isinstance(part, leaves) or _asks(part) for part in inner):
                return True
    return None


def _asks(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "input"
    )
