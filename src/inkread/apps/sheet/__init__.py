"""``inkread sheet``: exam sheets, from their design to the gradebook.

group    the group, its help; new, check, print     marks  scan, mark, results
browser  review, template                           demo   all steps in one command
"""

from inkread.apps.sheet import browser, demo, marks
from inkread.apps.sheet.group import app

__all__ = ["app", "browser", "demo", "marks"]
