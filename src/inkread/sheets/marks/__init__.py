"""Pages and decisions -> sheets, students and marks, worked out anew each time.

gathering  pages, decisions -> sheets     match    whose sheet is it
posterior  symbols -> answers -> marks    marking  sheets, students, marks
state      all of it together
"""
