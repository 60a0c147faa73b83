"""Template packs: what they ask, what they write, and what they may not."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dockwright.build.programs import split_reference
from dockwright.errors import DockwrightError, PackAnswerError, PackError, TemplateFaultError
from dockwright.packs.answers import settle
from dockwright.packs.pack import load_pack
from dockwright.packs.pack_files import render_pack

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "samples" / "uv-fastapi" / "project"
PACKS = ROOT / "samples" / "packs"


def dockwright(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "dockwright", "generate", *map(str, arguments)]
    return subprocess.run(
        argv,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
    )


def pack(folder: Path, manifest: str, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dockwright-template.toml").write_text(manifest, encoding="utf-8")
    for name, text in files.items():
        path = folder / "files" / name.replace("__", "/").replace("_j2", ".j2")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["house-style", "kubernetes"])
def test_the_packs_that_ship_write_their_files_beside_the_built_in_ones(
    name: str, tmp_path: Path
) -> None:
    done = dockwright(SAMPLE, "--output-dir", tmp_path, "--template", PACKS / name, "--no-input")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "Dockerfile").is_file()
    assert (tmp_path / {"house-style": "Makefile", "kubernetes": "deploy/app.yaml"}[name]).is_file()


def test_the_house_style_overrides_one_block_of_the_dockerfile(tmp_path: Path) -> None:
    dockwright(SAMPLE, "--output-dir", tmp_path, "--template", PACKS / "house-style", "team=shop")
    assert 'vendor="Example Ltd"' in (tmp_path / "Dockerfile").read_text()
    assert "registry.example.org/shop/" in (tmp_path / "Makefile").read_text()


def test_every_manifest_of_the_kubernetes_pack_is_yaml_with_a_name(tmp_path: Path) -> None:
    import yaml

    sample = ROOT / "samples" / "uv-django-postgres-celery" / "project"
    dockwright(
        sample, "-o", tmp_path, "--template", PACKS / "kubernetes", "exposure=ingress", "replicas=3"
    )
    documents = [
        one for one in yaml.safe_load_all((tmp_path / "deploy/app.yaml").read_text()) if one
    ]
    assert sorted(one["kind"] for one in documents) == ["Deployment"] * 3 + [
        "Ingress",
        "Job",
        "Service",
    ]
    assert documents[0]["spec"]["replicas"] == 3


def test_the_first_word_may_be_an_answer(tmp_path: Path) -> None:
    done = dockwright("team=shop", "--json", "--template", PACKS / "house-style", cwd=SAMPLE)
    assert done.returncode == 0, done.stderr
    assert "Owned by shop" in json.loads(done.stdout)["Makefile"]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("tem=shop", "did you mean 'team'"),
        ("team=Shop!", "must match"),
        ("makefile=perhaps", "true or false"),
    ],
    ids=["unknown key", "pattern", "boolean"],
)
def test_a_wrong_answer_is_refused_and_nothing_is_written(
    word: str, told: str, tmp_path: Path
) -> None:
    done = dockwright(SAMPLE, "-o", tmp_path, "--template", PACKS / "house-style", word)
    assert done.returncode == 2
    assert told in done.stderr
    assert not list(tmp_path.iterdir())


def test_answers_without_a_template_are_wrong_usage(tmp_path: Path) -> None:
    done = dockwright(SAMPLE, "team=shop", "-o", tmp_path)
    assert done.returncode == 2
    assert "--template" in done.stderr


def test_a_replay_gives_the_same_bytes(tmp_path: Path) -> None:
    dockwright(SAMPLE, "-o", tmp_path, "--template", PACKS / "house-style", "team=shop")
    before = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    done = dockwright(SAMPLE, "-o", tmp_path, "--template", PACKS / "house-style", "--replay")
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_file_that_stands_there_is_left_or_overwritten_as_asked(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("mine:\n")
    common = (SAMPLE, "-o", tmp_path, "--template", PACKS / "house-style", "--no-input")
    assert dockwright(*common).returncode == 2
    assert (tmp_path / "Makefile").read_text() == "mine:\n"
    assert dockwright(*common, "--skip-if-file-exists").returncode == 0
    assert (tmp_path / "Makefile").read_text() == "mine:\n"
    assert dockwright(*common, "--overwrite-if-exists").returncode == 0
    assert "Owned by" in (tmp_path / "Makefile").read_text()


def test_hooks_run_only_when_they_are_accepted(tmp_path: Path) -> None:
    source = pack(tmp_path / "pack", '[hooks]\nafter = "after.py"\n')
    (source / "after.py").write_text("import pathlib; pathlib.Path('ran').touch()\n")
    target = tmp_path / "out"
    done = dockwright(SAMPLE, "-o", target, "--template", source)
    assert "--accept-hooks" in done.stderr
    assert not (target / "ran").exists()
    assert dockwright(SAMPLE, "-o", target, "--template", source, "--accept-hooks").returncode == 0
    assert (target / "ran").exists()


def test_a_before_hook_that_fails_stops_before_anything_is_written(tmp_path: Path) -> None:
    source = pack(tmp_path / "pack", '[hooks]\nbefore = "before.py"\n')
    (source / "before.py").write_text("raise SystemExit(4)\n")
    target = tmp_path / "out"
    assert dockwright(SAMPLE, "-o", target, "--template", source, "--accept-hooks").returncode == 2
    assert not target.exists() or not list(target.iterdir())


@pytest.fixture
def plan() -> object:
    from dockwright.api import plan as plan_of
    from dockwright.model.settings import Settings

    return plan_of(SAMPLE, Settings())


@pytest.mark.parametrize("answer", ["../evil", "/etc/evil", "a/../../evil", "c:evil"])
def test_no_path_leaves_the_target(answer: str, plan: object, tmp_path: Path) -> None:
    source = pack(tmp_path, '[[question]]\nkey = "where"\n', **{"{{ where }}_j2": "x"})
    loaded = load_pack(source)
    with pytest.raises(PackError, match="leaves the target"):
        render_pack(loaded, plan, settle(loaded, plan, {"where": answer}))  # type: ignore[arg-type] # a Plan


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ nothing }}", "does not exist"),
        ("{{ plan.name.upper( }}", "does not parse"),
        ("line\n{{ 1 / 0 }}", "ZeroDivisionError"),
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "rounds",
        ),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
    ],
    ids=["unknown variable", "syntax", "raises", "loops", "reaches out of the sandbox"],
)
def test_a_template_that_fails_is_named_with_file_and_line(
    text: str, told: str, plan: object, tmp_path: Path
) -> None:
    loaded = load_pack(pack(tmp_path, 'name = "bad"\n', bad_j2=text))
    with pytest.raises(TemplateFaultError) as caught:
        render_pack(loaded, plan, {})  # type: ignore[arg-type] # a Plan
    assert told in caught.value.text()
    assert "bad/files/bad.j2" in caught.value.text()


@pytest.mark.parametrize(
    "manifest",
    [
        "name = [",
        'nmae = "x"',
        '[[question]]\nkey = "two words"',
        '[[question]]\nkey = "a"\ntype = "colour"',
        '[[question]]\nkey = "a"\ntype = "choice"',
        '[[question]]\nkey = "a"\n[[question]]\nkey = "a"',
        '[hooks]\nafter = "../outside.py"',
        '[hooks]\nsometimes = "x.py"',
        "question = 1",
        '[question]\nkey = "a"',
        "hooks = 1",
        '[[question]]\nkey = "a"\npattern = "("',
        '[[question]]\nkey = "a"\ntype = "integer"\nminimum = "1"',
        '[[question]]\nkey = "a"\ntype = "choice"\nchoices = "ab"',
        'requires = "soon"',
        'requires = ">=99"',
    ],
    ids=[
        "no TOML",
        "unknown key",
        "bad key",
        "unknown type",
        "no choices",
        "asked twice",
        "hook outside",
        "moment",
        "no questions",
        "one question",
        "no hooks",
        "bad pattern",
        "bad bound",
        "bad choices",
        "bad requirement",
        "too old",
    ],
)
def test_a_wrong_manifest_is_refused(manifest: str, tmp_path: Path) -> None:
    with pytest.raises(PackError):
        load_pack(pack(tmp_path, manifest))


def test_a_default_may_use_the_plan_and_earlier_answers(plan: object, tmp_path: Path) -> None:
    source = pack(
        tmp_path,
        '[[question]]\nkey = "a"\ndefault = "{{ plan.name }}"\n[[question]]\nkey = "b"\ndefault = "{{ a }}-b"\n',
    )
    assert settle(load_pack(source), plan, {})["b"] == "world-clock-b"  # type: ignore[arg-type] # a Plan


def test_a_number_outside_its_bounds_is_refused(plan: object, tmp_path: Path) -> None:
    loaded = load_pack(
        pack(
            tmp_path,
            '[[question]]\nkey = "n"\ntype = "integer"\nminimum = 1\nmaximum = 9\ndefault = 2\n',
        )
    )
    for text in ("0", "10", "two"):
        with pytest.raises(PackAnswerError):
            settle(loaded, plan, {"n": text})  # type: ignore[arg-type] # a Plan


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("https://example.org/team/pack.git@v2", ("https://example.org/team/pack.git", "v2")),
        ("https://example.org/team/pack", ("https://example.org/team/pack", "")),
        ("git@example.org:team/pack.git", ("git@example.org:team/pack.git", "")),
        ("git@example.org:team/pack.git@main", ("git@example.org:team/pack.git", "main")),
        ("gh:owner/name@1.0", ("https://github.com/owner/name", "1.0")),
    ],
)
def test_an_address_may_name_a_reference(source: str, expected: tuple[str, str]) -> None:
    assert split_reference(source) == expected


def test_a_pack_comes_from_a_git_repository_at_a_tag(tmp_path: Path) -> None:
    repository = pack(tmp_path / "repository", 'name = "tagged"\n', VERSION="one\n")
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for words in (
        ("init", "--quiet"),
        ("add", "."),
        (*identity, "commit", "--quiet", "-m", "1"),
        ("tag", "v1"),
    ):
        subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True)
    (repository / "files" / "VERSION").write_text("two\n")
    subprocess.run(
        ["git", *identity, "commit", "--quiet", "-am", "2"],
        cwd=repository,
        check=True,
        capture_output=True,
    )
    done = dockwright(SAMPLE, "--json", "--template", f"file://{repository}@v1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["VERSION"] == "one\n"


def test_credentials_of_an_address_are_never_shown(tmp_path: Path) -> None:
    done = dockwright(
        SAMPLE, "-o", tmp_path, "--template", "http://user:pa55word@127.0.0.1:9/x/y.git"
    )
    assert done.returncode in {2, 75}
    assert "pa55word" not in done.stderr + done.stdout
    assert issubclass(PackError, DockwrightError)


def project(folder: Path) -> Path:
    shutil.copytree(SAMPLE, folder / "shop")
    return folder / "shop"


def test_a_later_run_needs_no_template_no_network_and_no_answers(tmp_path: Path) -> None:
    root = project(tmp_path)
    pack_folder = tmp_path / "house"
    shutil.copytree(PACKS / "house-style", pack_folder)
    assert dockwright(root, "--template", pack_folder, "team=shop").returncode == 0
    shutil.rmtree(pack_folder)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert dockwright(root, "--check").returncode == 0
    assert dockwright(root).returncode == 0
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert "com.example.team=shop" in (root / "Dockerfile").read_text()


def test_edits_survive_in_files_of_a_pack_too(tmp_path: Path) -> None:
    root = project(tmp_path)
    dockwright(root, "--template", PACKS / "house-style", "team=shop")
    makefile = root / "Makefile"
    makefile.write_text(makefile.read_text() + "\nmine:\n\ttrue\n")
    assert dockwright(root, "--template", PACKS / "house-style", "team=other").returncode == 0
    assert "mine:" in makefile.read_text()
    assert "Owned by other" in makefile.read_text()
    assert dockwright(root, "--check").returncode == 0


def test_two_packs_live_together(tmp_path: Path) -> None:
    root = project(tmp_path)
    dockwright(root, "--template", PACKS / "house-style", "team=shop")
    done = dockwright(root, "--template", PACKS / "kubernetes", "replicas=5")
    assert done.returncode == 0, done.stderr
    assert "com.example.team=shop" in (root / "Dockerfile").read_text()
    assert "replicas: 5" in (root / "deploy/app.yaml").read_text()
    done = dockwright(root, "--check")
    assert (done.returncode, done.stdout) == (0, "")


def test_templates_of_the_project_extend_those_of_packs(tmp_path: Path) -> None:
    root = project(tmp_path)
    own = root / ".dockwright/templates/Dockerfile.j2"
    own.parent.mkdir(parents=True)
    own.write_text(
        '{% extends "base/Dockerfile.j2" %}{% block start %}\n{{ super() }}LABEL mine=1\n{% endblock %}'
    )
    dockwright(root, "--template", PACKS / "house-style", "team=shop")
    text = (root / "Dockerfile").read_text()
    assert text.index("com.example.team=shop") < text.index("LABEL mine=1")


def test_a_new_version_of_a_pack_takes_its_old_copy_away(tmp_path: Path) -> None:
    root = project(tmp_path)
    source = pack(tmp_path / "pack", 'name = "p"\n', a_txt="a", b_txt="b")
    dockwright(root, "--template", source)
    (source / "files/b_txt").rename(source / "files/c_txt")
    done = dockwright(root, "--template", source)
    assert sorted(path.name for path in (root / ".dockwright/packs/p/files").iterdir()) == [
        "a_txt",
        "c_txt",
    ]
    assert "skip  b_txt" in done.stdout


def test_hooks_are_not_kept(tmp_path: Path) -> None:
    root = project(tmp_path)
    source = pack(tmp_path / "pack", 'name = "p"\n[hooks]\nafter = "after.py"\n', a_txt="a")
    (source / "after.py").write_text("raise SystemExit(1)\n")
    assert dockwright(root, "--template", source).returncode == 0
    assert dockwright(root, "--check").returncode == 0
    assert not (root / ".dockwright/packs/p/after.py").exists()


def test_a_pack_that_is_not_kept_any_more_is_explained(tmp_path: Path) -> None:
    root = project(tmp_path)
    dockwright(root, "--template", PACKS / "house-style", "team=shop")
    shutil.rmtree(root / ".dockwright/packs")
    done = dockwright(root)
    assert done.returncode == 2
    assert "house-style is missing" in done.stderr
    (root / ".dockwright/answers.json").write_text("[]")
    assert dockwright(root).returncode == 2


def test_a_pack_from_git_is_fetched_at_its_reference(tmp_path: Path) -> None:
    root = project(tmp_path)
    source = pack(tmp_path / "repository/python", 'name = "p"\n', a_txt="first")
    repository = source.parent

    def git(*words: str) -> None:
        identity = (
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
        )
        subprocess.run(
            ["git", *identity, "-C", str(repository), *words], check=True, capture_output=True
        )

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "v1")
    (source / "files/a_txt").write_text("second")
    git("commit", "-qam", "two")
    url = f"file://{repository}"
    assert dockwright(root, "--template", f"{url}@v1", "--directory", "python").returncode == 0
    assert (root / "a_txt").read_text() == "first"
    assert dockwright(root, "--template", url, "--directory", "python").returncode == 0
    assert (root / "a_txt").read_text() == "second"
    assert dockwright(root, "--template", f"{url}@v9", "--directory", "python").returncode in {
        2,
        75,
    }


@pytest.mark.parametrize(
    "name", ["files/notes.txt", "files/notes.txt.j2", "templates/Dockerfile.j2"]
)
def test_a_file_that_is_not_utf_8_is_named(name: str, tmp_path: Path) -> None:
    folder = pack(tmp_path / "house", 'name = "house"\n')
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"# caf\xe9\n")
    ended = dockwright(SAMPLE, "--output-dir", tmp_path / "out", "--template", folder, "--no-input")
    assert ended.returncode == 2
    assert f"house/{name}" in ended.stderr
    assert "not UTF-8" in ended.stderr
