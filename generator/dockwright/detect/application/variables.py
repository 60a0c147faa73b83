"""The environment variables that the project's code reads."""

import ast
import re

from dockwright.detect.application.asking import PRESENCE, ways_of_asking
from dockwright.detect.application.environment import Environment, Read
from dockwright.detect.application.module import Module, Site
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Class, External
from dockwright.detect.application.words import ENVIRONMENT_WORDS
from dockwright.errors import redact
from dockwright.model.application import ReadVariable
from dockwright.model.pattern import Pattern
from dockwright.model.record import replace

_SECRET = Pattern(
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|_PASS$|^PASS$|_PW$|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE|CREDENTIAL|_KEY$|^KEY$|DSN|SALT|_PAT$|WEBHOOK|SIGNING"
)
_MAX_DEFAULT = 200
_OF_THE_MACHINE = frozenset({
    "HOME", "PATH", "USER", "USERNAME", "LOGNAME", "PWD", "SHELL", "TERM", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "HOSTNAME", "DISPLAY",
    "PYTHONPATH", "PYTHONHASHSEED", "VIRTUAL_ENV", "CONDA_PREFIX", "CI", "GITHUB_ACTIONS", "PYTEST_CURRENT_TEST", "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "COLUMNS", "LINES", "EDITOR", "NO_COLOR", "TZ",
    "DJANGO_SETTINGS_MODULE", "RUN_MAIN", "WERKZEUG_RUN_MAIN", "SSH_AUTH_SOCK", "_", "COMSPEC", "SYSTEMROOT",
})  # fmt: skip
"""Set by the system or by tools, so nothing for an owner to fill in."""


def is_secret_name(name: str) -> bool:
    """Whether the name of a variable says that its value must not be shown."""
    return bool(_SECRET.search(name.upper()))


def find_variables(
    survey: Survey, unused: frozenset[str] = frozenset()
) -> tuple[ReadVariable, ...]:
    """Return every variable once, sorted by name; the place that needs it most stands for it. Files in `unused` are passed over."""
    found: dict[str, ReadVariable] = {}
    mentioning = survey.sources.mentioning(ENVIRONMENT_WORDS)
    for path in (*mentioning, *_descended(survey, mentioning)):
        if path in unused:
            continue
        module = survey.sources.module(path)
        for read in reads_in(survey, module) if module else ():
            if read.name in _OF_THE_MACHINE or not read.name.isidentifier():
                continue
            variable = _variable(read)
            known = found.get(read.name)
            found[read.name] = variable if known is None or _says_more(variable, known) else known
    return tuple(found[name] for name in sorted(found))


def _descended(survey: Survey, mentioning: tuple[str, ...]) -> tuple[str, ...]:
    """Return the other files that derive classes from the settings classes of the project: they need not name pydantic."""
    found, seen = dict.fromkeys(mentioning), set[str]()
    waiting = [path for path in mentioning if b"BaseSettings" in survey.sources.raw(path)]
    while waiting:
        names = _settings_classes(survey, waiting.pop(0)) - seen
        seen |= names
        for name in sorted(names):
            derives = re.compile(
                rb"^\s*class\s+\w+\s*\([^)]*\b" + name.encode() + rb"\b", re.MULTILINE
            )
            new = [path for path in survey.sources.containing(name.encode()) if path not in found]
            new = [path for path in new if derives.search(survey.sources.raw(path))]
            found.update(dict.fromkeys(new))
            waiting += new
    return tuple(path for path in found if path not in mentioning)


def _settings_classes(survey: Survey, path: str) -> set[str]:
    module = survey.sources.module(path)
    classes = (
        [site for site in module.sites.classes if isinstance(site.node, ast.ClassDef)]
        if module
        else []
    )
    return {
        site.node.name
        for site in classes
        if isinstance(site.node, ast.ClassDef)
        and site.node.bases
        and survey.environment.describes(Class(site.scope.module, site.node))
    }


def reads_in(survey: Survey, module: Module) -> list[Read]:
    """Return what one module reads, tests for a variable's presence included."""
    environment = survey.environment
    guarded = _guarded(module)
    asked = ways_of_asking(module)
    found = [
        replace(read, asked=asked.get(id(site.node), ""))
        for site in module.sites.calls
        if (read := environment.read(site.node, site.scope))
    ]
    optional = _optional_lines(module)
    for site in module.sites.subscripts:
        read = environment.read(site.node, site.scope)
        if read:
            needless = read.name in guarded or any(site.origin.line in lines for lines in optional)
            found.append(
                Read(name=read.name, origin=read.origin, scope=read.scope) if needless else read
            )
    found += [read for site in module.sites.classes for read in _fields(environment, site)]
    found += [read for site in module.sites.compares if (read := _tested(survey, site))]
    return found


def _fields(environment: Environment, site: Site) -> tuple[Read, ...]:
    if not isinstance(site.node, ast.ClassDef) or not site.node.bases:
        return ()
    return environment.fields(Class(site.scope.module, site.node))


def _tested(survey: Survey, site: Site) -> Read | None:
    """Return the variable of `"DEBUG" in os.environ`."""
    node = site.node
    if (
        not isinstance(node, ast.Compare)
        or not isinstance(node.left, ast.Constant)
        or not isinstance(node.left.value, str)
    ):
        return None
    is_membership = isinstance(node.ops[0], ast.In | ast.NotIn)
    if not is_membership or survey.resolver.value(node.comparators[0], site.scope) != External(
        "os.environ"
    ):
        return None
    return Read(name=node.left.value, origin=site.origin, scope=site.scope, asked=PRESENCE)


def _guarded(module: Module) -> set[str]:
    """Return names that are tested, or read inside `try ... except KeyError`: without them the code goes on."""
    found = {
        site.node.left.value
        for site in module.sites.compares
        if isinstance(site.node, ast.Compare) and isinstance(site.node.left, ast.Constant)
    }
    for site in module.sites.tries:
        if isinstance(site.node, ast.Try) and any(
            "KeyError" in ast.dump(h.type) for h in site.node.handlers if h.type
        ):
            inner = (part for statement in site.node.body for part in ast.walk(statement))
            found |= {
                p.slice.value
                for p in inner
                if isinstance(p, ast.Subscript) and isinstance(p.slice, ast.Constant)
            }
    return {name for name in found if isinstance(name, str)}


def _optional_lines(module: Module) -> list[range]:
    """Return the lines that run only if the environment says so: what is read there need not be set."""
    branches = [site.node for site in module.sites.branches if isinstance(site.node, ast.If)]
    asking = [node for node in branches if re.search(r"environ|getenv", ast.unparse(node.test))]
    return [
        range(node.body[0].lineno, (node.body[-1].end_lineno or node.body[-1].lineno) + 1)
        for node in asking
    ]


def _variable(read: Read) -> ReadVariable:
    secret = is_secret_name(read.name)
    default = read.default
    if default is not None and (
        secret or redact(default) != default or "\n" in default or len(default) > _MAX_DEFAULT
    ):
        default = None
    return ReadVariable(
        name=read.name,
        origin=read.origin,
        default=default,
        required=read.required,
        secret=secret,
        asked=read.asked,
    )


def _says_more(new: ReadVariable, known: ReadVariable) -> bool:
    return (new.required, new.default is not None) > (known.required, known.default is not None)
