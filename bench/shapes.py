"""The Dockerfiles that people would use instead, per package manager.

`own` is what the manager's own documentation shows, `init` has the shape that `docker init` writes (only
for requirements; for the others with the manager in the place of pip). All start the same server as
ours, and all ship byte code: pip compiles unless told not to, uv and Poetry only when told to. Exports,
which are complete, are installed without a resolver: that of pip 23 fails at Poetry's.
"""

import json

_START = (
    "FROM python:3.12-slim-trixie\nENV PYTHONUNBUFFERED=1 UV_COMPILE_BYTECODE=1\nWORKDIR /app\n"
)
_GUNICORN = ("gunicorn", "--bind", "0.0.0.0:8000")
_SERVERS = {
    "pipenv-flask-pandas": (*_GUNICORN, "main:app"),
    "poetry-fastapi": ("uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"),  # noqa: S104 - in a container
    "requirements-django": (*_GUNICORN, "site_config.wsgi:application"),
    "uv-django": (*_GUNICORN, "site_config.wsgi:application"),
    "uv-large": (*_GUNICORN, "--worker-class", "uvicorn.workers.UvicornWorker", "main:app"),
}
_USER = "RUN useradd --no-create-home --uid 10001 appuser\n"


def _own(manager: str) -> str:
    match manager:
        case "pipenv":
            # Pipenv's documentation: pip install pipenv, copy both files, install --deploy --system.
            steps = "RUN pip install pipenv\nCOPY Pipfile Pipfile.lock ./\nRUN pipenv install --deploy --system\nCOPY . .\n"
        case "poetry":
            # Poetry itself, with the index declared as a source (poetry_source.py).
            steps = (
                "RUN pip install poetry\nENV POETRY_VIRTUALENVS_CREATE=false\nCOPY pyproject.toml poetry.lock ./\n"
                "RUN poetry install --no-interaction --only main --no-root --compile\nCOPY . .\n"
            )
        case "uv":
            # uv's documentation and its example project: a user, bind mounts, a cache mount, --locked, then the project.
            steps = (
                "COPY --from=ghcr.io/astral-sh/uv:0.13.8 /uv /bin/\n"
                "RUN groupadd --system --gid 999 nonroot && useradd --system --gid 999 --uid 999 --create-home nonroot\n"
                "ENV UV_LINK_MODE=copy UV_NO_DEV=1 UV_PYTHON_DOWNLOADS=0\n"
                "RUN --mount=type=cache,target=/root/.cache/uv --mount=type=bind,source=uv.lock,target=uv.lock "
                "--mount=type=bind,source=pyproject.toml,target=pyproject.toml uv sync --locked --no-install-project\n"
                "COPY . .\nRUN --mount=type=cache,target=/root/.cache/uv uv sync --locked\n"
                "ENV PATH=/app/.venv/bin:$PATH\nUSER nonroot\n"
            )
        case _:
            steps = "COPY requirements.txt ./\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\n"
    return steps


def _init(manager: str) -> str:
    cache = "RUN --mount=type=cache,target=/root/.cache/pip "
    match manager:
        case "pipenv":
            steps = (
                "RUN pip install pipenv\n"
                f"{cache}--mount=type=bind,source=Pipfile,target=Pipfile --mount=type=bind,source=Pipfile.lock,target=Pipfile.lock "
                "pipenv install --deploy --system\n"
            )
        case "poetry":
            steps = (
                "RUN pip install poetry poetry-plugin-export\n"
                f"{cache}--mount=type=bind,source=pyproject.toml,target=pyproject.toml --mount=type=bind,source=poetry.lock,target=poetry.lock "
                "touch README.md && poetry export --output /tmp/r.txt && pip install --no-deps -r /tmp/r.txt\n"
            )
        case "uv":
            steps = (
                "RUN pip install uv==0.13.8\n"
                "RUN --mount=type=cache,target=/root/.cache/uv "
                "--mount=type=bind,source=pyproject.toml,target=pyproject.toml --mount=type=bind,source=uv.lock,target=uv.lock "
                "uv export --quiet --locked --no-emit-project -o /tmp/r.txt "
                "&& uv pip install --system --link-mode=copy --no-deps -r /tmp/r.txt\n"
            )
        case _:
            steps = f"{cache}--mount=type=bind,source=requirements.txt,target=requirements.txt python -m pip install -r requirements.txt\n"
    return _USER + steps + "USER appuser\nCOPY . .\n"


def peers(project: str) -> dict[str, str]:
    """Return name -> Dockerfile for one project, whose name begins with its manager."""
    manager = project.partition("-")[0]
    end = f"EXPOSE 8000\nCMD {json.dumps(_SERVERS[project])}\n"
    return {
        name: _START + text + end
        for name, text in (("own", _own(manager)), ("init", _init(manager)))
    }
