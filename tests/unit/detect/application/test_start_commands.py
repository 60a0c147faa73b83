"""What a container's command starts in the end."""

import pytest
from dockwright.detect.application.start_commands import Follower, Started
from support.applications import Files, Finder

COPIED = ((".", "/srv", False), ("docker/start.sh", "/start.sh", False))


def follow(find: Finder, text: str, files: Files | None = None, place: str = "/srv") -> Started:
    return Follower(find.tree(files or {"app.py": ""}), COPIED).follow(text, place)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("gunicorn app:app", "gunicorn app:app", id="plain"),
        pytest.param("exec gunicorn app:app -b :$PORT", "gunicorn app:app -b :$PORT", id="exec"),
        pytest.param("poetry run uvicorn app:app", "uvicorn app:app", id="runner"),
        pytest.param("tini -- gunicorn app:app", "gunicorn app:app", id="init"),
        pytest.param("gosu app gunicorn app:app", "gunicorn app:app", id="another user"),
        pytest.param("./wait-for-it.sh db:5432 -- gunicorn app:app", "gunicorn app:app", id="wait"),
        pytest.param("sh -c 'sleep 3 && gunicorn app:app'", "gunicorn app:app", id="shell"),
        pytest.param("cd /srv && python app.py", "python app.py", id="cd"),
        pytest.param("python /srv/app.py", "python app.py", id="path of the image"),
    ],
)
def test_what_keeps_running(find: Finder, text: str, line: str) -> None:
    main = follow(find, text).main
    assert main is not None
    assert main.line == line


def test_scripts_are_followed_with_their_arguments(find: Finder) -> None:
    files = {
        "docker/start.sh": """\
            #!/bin/sh
            set -e
            # first the tables
            python manage.py migrate
            exec "$@"
            """
    }
    found = follow(find, "/start.sh gunicorn site.wsgi", files)
    assert found.main is not None
    assert found.main.line == "gunicorn site.wsgi"
    assert found.migrates is not None
    assert found.migrates.line == "python manage.py migrate"


def test_of_two_branches_the_one_for_production_counts(find: Finder) -> None:
    files = {
        "docker/start.sh": """\
            if [ "$DEBUG" = 1 ]; then
              python manage.py runserver 0.0.0.0:8000
            else
              gunicorn site.wsgi --bind 0.0.0.0:8000
            fi
            """
    }
    found = follow(find, "sh /start.sh", files)
    assert found.main is not None
    assert found.main.line == "gunicorn site.wsgi --bind 0.0.0.0:8000"


def test_of_two_servers_none_is_sure(find: Finder) -> None:
    files = {
        "docker/start.sh": """\
            case "$1" in
              web) exec gunicorn site.wsgi ;;
              worker) exec celery -A site worker ;;
            esac
            """
    }
    found = follow(find, "/start.sh", files)
    assert found.main is None
    assert [step.words[0] for step in found.seen] == ["gunicorn", "celery"]


def test_scripts_that_start_each_other_end(find: Finder) -> None:
    files = {"a.sh": "sh b.sh\n", "b.sh": "sh a.sh\n"}
    assert follow(find, "sh a.sh", files).main is None


def test_the_folder_in_which_it_runs(find: Finder) -> None:
    found = follow(find, "uvicorn main:app", {"api/main.py": ""}, "/srv/api")
    assert found.main is not None
    assert found.main.folder == "api"
