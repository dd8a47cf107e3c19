"""Damaged, odd and hostile inputs for all of inkread that takes something from outside: see ``benchmarks/fuzz.py``.

    scenes     what may be on a picture             mutate    damage: to bytes, to JSON, to text
    pictures   scenes in every format               targets   who takes what, and what must hold then
    papers     tables, models, recipes, exams       watch     processes that try inputs, watched from outside
    sanity     what must hold of a reading          findings  what failed, kept so that it can be tried again
    loaders    files of one's own, or of somebody's     requests  what a server is sent

An input is made from two numbers, the run's seed and its own, so that any can be made again. All is made by code.
"""
