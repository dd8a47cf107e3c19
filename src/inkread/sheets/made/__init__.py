"""Made classes and made photographs, for the demonstration, tests and benchmarks.

madeclass  who answers what, in whose hand    photo  a page as a camera sees it
"""
