"""Objects of certain outside classes that modules bind: Celery applications, brokers, task queues."""

from collections.abc import Callable, Mapping

from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import required_parameters
from dockwright.detect.application.values import Class, Function, Made
from dockwright.model.origin import Origin
from dockwright.model.record import row

_MAX_CALLERS = 15


@row
class Bound:
    """A name of a module that is an object: `kind` the outside class, `imported` if the module took it from elsewhere."""

    path: str
    name: str
    kind: str
    made: Made
    origin: Origin
    imported: bool = False


def find_objects(
    survey: Survey,
    pairs: Mapping[bytes, frozenset[bytes]],
    is_wanted: Callable[[str], bool],
    *spelled: bytes,
) -> list[Bound]:
    """Return the module-level names that are objects of a class that `is_wanted`, also where a function of the project made them.

    Looked through are the files that hold `pairs` of words, or one of the texts `spelled`.
    """
    found: list[Bound] = []
    makers: set[str] = set()
    examined: set[str] = set()
    said = {
        *survey.sources.pairing(pairs),
        *(path for text in spelled for path in survey.sources.containing(text)),
    }
    for path in survey.sources.paths:
        if path in said:
            examined.add(path)
            found += _in_module(survey, path, is_wanted, makers)
    names = makers | {bound.name for bound in found}
    callers = [
        p
        for name in sorted(names)
        for p in survey.sources.containing(name.encode())
        if p not in examined
    ]
    for path in list(dict.fromkeys(callers))[:_MAX_CALLERS]:
        found += _in_module(survey, path, is_wanted, makers)
    return found


def _in_module(
    survey: Survey, path: str, is_wanted: Callable[[str], bool], makers: set[str]
) -> list[Bound]:
    module = survey.sources.module(path)
    found = []
    for name, bindings in module.bindings.items() if module else ():
        value = survey.resolver.exported(path, name)
        if isinstance(value, Class) and any(map(is_wanted, survey.resolver.ancestors(value))):
            makers.add(name)
        elif isinstance(value, Function) and not required_parameters(value.node)[1:]:
            made = survey.resolver.returned(value)
            if isinstance(made, Made) and any(map(is_wanted, made.kinds)):
                makers.add(name)
        elif isinstance(value, Made) and (
            kind := next((k for k in value.kinds if is_wanted(k)), "")
        ):
            line = bindings[-1].line
            imported = bindings[-1].module is not None
            found.append(Bound(path, name, kind, value, Origin(path=path, line=line), imported))
    return found
