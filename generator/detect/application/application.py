"""Puts together what the single concerns find."""

from generator.detect.application.entries import Entries
from generator.detect.application.survey import Survey
from generator.detect.application.web import find_web
from generator.detect.tree import ProjectTree
from generator.model.application import Application
from generator.model.dependencies import ManagerFinding


def find_application(tree: ProjectTree, managers: tuple[ManagerFinding, ...]) -> Application:
    """Find what the project runs: web applications, workers, bots, scripts, and what they need.

    Nothing is imported and nothing is executed. Files that cannot be read or parsed are skipped with a notice.
    """
    survey = Survey(tree, managers)
    entries = Entries(survey)
    web = find_web(survey, entries, {}, ())
    return Application(
        web=tuple(web.applications),
        notices=(*web.notices, *survey.sources.notices),
    )
