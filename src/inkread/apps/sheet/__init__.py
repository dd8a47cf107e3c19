"""``inkread sheet``: exam sheets, from their design to the gradebook.

group   the group of commands, its help      design  new, check, print
scans   scan                                 marks   mark, results
demo    the whole story in one command       template  a worksheet of one's own
"""

from inkread.apps.sheet import demo, design, marks, review, scans, template
from inkread.apps.sheet.group import app

__all__ = ["app", "demo", "design", "marks", "review", "scans", "template"]
