"""Made classes and made photographs, for the demonstration, tests and benchmarks.

madeclass  who answers what    filling  made answers on a page    photo  a page as a camera sees it
"""
