"""Projects written where a test wants them, and what detection finds in them."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from dockwright.detect.application import find_application, read_deployment
from dockwright.detect.tree import ProjectTree
from dockwright.model.application import Application, ProcessKind, ServiceHint, WebApplication
from dockwright.model.dependencies import (
    MAIN,
    Distribution,
    Lock,
    LockedDistribution,
    LockState,
    Manager,
    ManagerFinding,
    Manifest,
    Requirement,
    Script,
)
from dockwright.model.origin import Origin

Files = Mapping[str, str | bytes]


class Finder:
    """Writes a project and looks for its application."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __call__(self, files: Files, *managers: ManagerFinding) -> Application:
        """Return what is found in a project of these files; their text may be indented."""
        tree = self.tree(files)
        return find_application(tree, managers, read_deployment(tree))

    def web(self, files: Files, *managers: ManagerFinding) -> WebApplication:
        """Return the best web application."""
        found = self(files, *managers).web
        assert found, "no web application was found"
        return found[0]

    def tree(self, files: Files) -> ProjectTree:
        """Write the files and return the tree."""
        for name, content in files.items():
            path = self._root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())
        return ProjectTree(self._root)


@pytest.fixture
def find(tmp_path: Path) -> Finder:
    """Look for the application of a project that the test writes."""
    return Finder(tmp_path)


def manager(
    *names: str,
    manifest: str = "pyproject.toml",
    scripts: Mapping[str, str] | None = None,
    manager_scripts: Mapping[str, str] | None = None,
    installable: bool = True,
    locked: Mapping[str, str] | None = None,
    also_read: tuple[str, ...] = (),
    members: tuple[str, ...] = (),
    groups: Mapping[str, str] | None = None,
) -> ManagerFinding:
    """Return a manager's finding: production requirements `names`, other requirements as name -> group in `groups`."""
    origin = Origin(path=manifest)
    wanted = {**dict.fromkeys(names, MAIN), **(groups or {})}
    lock = Lock(
        path="lock",
        format="1",
        state=LockState.FRESH,
        distributions=tuple(
            LockedDistribution(name=n, version=v, origin=origin) for n, v in (locked or {}).items()
        ),
    )
    return ManagerFinding(
        manager=Manager.UV,
        manifest=Manifest(
            path=manifest,
            requirements=tuple(
                Requirement(name=name, origin=origin, group=group) for name, group in wanted.items()
            ),
            distribution=Distribution(
                name="project",
                origin=origin,
                installable=installable,
                scripts=_scripts(scripts or {}, manifest),
            ),
            scripts=_scripts(manager_scripts or {}, manifest),
            also_read=also_read,
        ),
        lock=lock if locked else None,
        workspace_members=members,
    )


def _scripts(scripts: Mapping[str, str], path: str) -> tuple[Script, ...]:
    return tuple(
        Script(name=name, target=target, origin=Origin(path=path, line=number))
        for number, (name, target) in enumerate(scripts.items(), 1)
    )


def targets(application: Application) -> list[str]:
    """Return "module:target" of every web application, the best first."""
    return [f"{web.module}:{web.target}" for web in application.web]


def commands(application: Application, *kinds: ProcessKind) -> list[tuple[str, ...]]:
    """Return the commands of the processes of some kinds, of all without any."""
    return [
        process.command for process in application.processes if not kinds or process.kind in kinds
    ]


def codes(application: Application) -> list[str]:
    """Return the codes of the notices."""
    return [notice.code for notice in application.notices]


def hint(application: Application, service: str) -> ServiceHint:
    """Return the first hint of a service."""
    return next(one for one in application.service_hints if one.service == service)


def django(settings: str = "", **more: str) -> dict[str, str]:
    """Return the files of a Django project `site`: its settings are the usual ones and `settings`; `more` are further files."""
    usual = dedent(
        """\
        from pathlib import Path
        BASE_DIR = Path(__file__).resolve().parent.parent
        INSTALLED_APPS = ["django.contrib.auth", "django.contrib.staticfiles"]
        ROOT_URLCONF = "site.urls"
        WSGI_APPLICATION = "site.wsgi.application"
        """
    )
    return {
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n'
        "from django.core.management import execute_from_command_line\n",
        "site/__init__.py": "",
        "site/settings.py": usual + dedent(settings),
        "site/urls.py": "from django.urls import path\nurlpatterns = []\n",
        "site/wsgi.py": "import os\nfrom django.core.wsgi import get_wsgi_application\n"
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\napplication = get_wsgi_application()\n',
        **{name.replace("__", "/") + ".py": text for name, text in more.items()},
    }
