"""Exam sheets: designed as text, printed, filled in by hand, scanned or photographed, read, marked, reviewed.

    design      what an exam is                    designfile  from its TOML file, with every mistake's line
    tomllines   where in it each key stands        patterns    which boxes an answer needs
    answers     what boxes say and are worth       roster      the class list
    layout      where all stands, in millimetres   codes       what a page's signed QR code says
    pagedrawing one page, drawn                    printing    all pages as a PDF
    printed     layouts as they were printed       template    worksheets made elsewhere
    sources     folders of scans -> pictures       register    picture -> flat page
    cells       flat page -> ink of each box       onedigit    ink -> digit
    symbols     ink -> symbol                      posterior   symbols -> answers -> marks
    pagereading picture -> a page's record         scanning    all pictures, several at once
    store       what is kept, in SQLite            storefolder where, also when the design is renamed
    match       whose sheet is it                  deciding    what was decided about pages
    gathering   pages -> sheets                    work        sheets -> students, missing pages
    marking     sheets, students, marks            results     the gradebook

This room does not know who starts it: no terminal, no server. It needs the extra ``sheets``.
"""
