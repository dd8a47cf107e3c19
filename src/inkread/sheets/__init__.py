"""Exam sheets: designed as text, printed, filled in by hand, scanned or photographed, read, marked, reviewed.

    exam      what an exam is: design, questions, class list    paper     where all stands, and the PDF
    scans     pictures -> what stands in each box               template  worksheets made elsewhere
    marks     pages and decisions -> sheets, students, marks    results   gradebook, statistics, marked copies
    store     what is kept, in SQLite                           made      made classes and photographs

It needs the extra ``sheets``.
"""
