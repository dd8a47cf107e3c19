"""Pages and decisions -> sheets, students and marks.

    gathering  pages -> sheets            match      whose sheet is it
    posterior  symbols -> answers -> marks  deciding   what was decided about pages
    marking    sheets, students, marks    work       sheets -> students, missing pages
    state      all of it together

Nothing here is kept: it is worked out anew each time.
"""
