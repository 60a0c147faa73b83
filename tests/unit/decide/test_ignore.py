"""What stays out of the build context, and what must not."""

from dockwright.decide.ignore import hidden_by_the_owner, is_left_out, left_out, plan_ignore
from dockwright.model.artifact import IgnorePlan
from dockwright.model.project import IgnoreFile, Project, SourceTree
from dockwright.model.settings import Settings


def ignore(
    *names: str, needed: tuple[str, ...] = (), tests: bool = False, settings: Settings | None = None
) -> IgnorePlan:
    secrets = tuple(name for name in names if "secret" in name)
    project = Project(name="shop", source=SourceTree(top_level=names, secrets=secrets))
    return plan_ignore(project, settings or Settings(), needed, tests=tests)


def patterns(plan: IgnorePlan) -> set[str]:
    return {pattern for group in plan.groups for pattern in group.patterns}


def test_secrets_and_what_tools_leave_behind_never_reach_the_build() -> None:
    out = ignore().groups
    patterns_of_all = [pattern for group in out for pattern in group.patterns]
    for path in (
        ".env", "api/.env.local", "deploy/server.pem", "id_rsa", "conf/credentials.json", ".netrc",
        "app/__pycache__", ".venv", ".git", "db.sqlite3", "Dockerfile", "compose.yaml",
    ):  # fmt: skip
        assert left_out(path, patterns_of_all), path
    for path in (".env.example", "app/secrets.py", "app/credentials.py", "app/keys.json"):
        assert not left_out(path, patterns_of_all), path


def test_a_secret_that_was_found_is_named() -> None:
    assert "secret-of-the-shop" in patterns(ignore("secret-of-the-shop"))


def test_a_readme_that_the_build_reads_is_kept() -> None:
    plan = ignore("README.md", "docs/", needed=("README.md",))
    assert {"README*", "docs"} <= patterns(plan)
    assert plan.keep == ("README.md",)


def test_tests_stay_out_unless_a_stage_runs_them() -> None:
    assert "tests" in patterns(ignore("tests/"))
    assert "tests" not in patterns(ignore("tests/", tests=True))


def test_the_settings_add_patterns_and_keep_files() -> None:
    plan = ignore(settings=Settings(ignore=("data",), keep=("docs/help.html",)))
    assert "data" in patterns(plan)
    assert plan.keep == ("docs/help.html",)


def edited(*own: str, ours: tuple[str, ...] = ("README*",)) -> Project:
    return Project(
        name="shop", ignore_files=(IgnoreFile(path=".dockerignore", lines=(*ours, *own), own=own),)
    )


def test_lines_that_the_owner_added_count() -> None:
    assert is_left_out("media", edited("/media/"), Settings())
    assert is_left_out("media", edited("*", "!src"), Settings())
    assert not is_left_out("src", edited("*", "!src"), Settings())
    assert not is_left_out("media", edited("/media/"), Settings(ignore_path="other.dockerignore"))


def test_what_the_build_reads_and_the_owner_leaves_out_is_told_with_its_line() -> None:
    (notice,) = hidden_by_the_owner(edited("*.md"), Settings(), ("README.md", "pyproject.toml"))
    assert (notice.code, notice.origin and notice.origin.line) == ("ignored-but-needed", 2)
    assert "!README.md" in notice.remedy
    assert hidden_by_the_owner(edited("*.md", "!README.md"), Settings(), ("README.md",)) == ()
    assert hidden_by_the_owner(edited(), Settings(), ("README.md",)) == ()
