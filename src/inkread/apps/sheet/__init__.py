"""``inkread sheet``: exam sheets, from their design to the gradebook.

group    the group, its help; new, check, print     marks  scan, mark, results
browser  review, template                           demo   all steps in one command
"""

from inkread.apps.sheet import browser, demo, marks
from inkread.apps.sheet.group import app

_ORDER = ("new", "check", "print", "template", "scan", "mark", "review", "results", "demo")
app.registered_commands.sort(key=lambda one: _ORDER.index(one.name or getattr(one.callback, "__name__", "")))

__all__ = ["app", "browser", "demo", "marks"]
