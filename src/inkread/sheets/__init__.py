"""Exam sheets: designed as text, printed, filled in by hand, scanned or photographed, read, marked, reviewed.

    exam      what an exam is: design, questions, class list      paper     where all stands, and the PDF
    scans     pictures -> what stands in each box                 template  worksheets made elsewhere
    store     what is kept, in SQLite                             storefolder  where, also when the design is renamed
    marks     pages and decisions -> sheets, students, marks      results   gradebook, statistics, marked copies
    made      made classes and photographs

This room does not know who starts it: no terminal, no server. It needs the extra ``sheets``.
"""
