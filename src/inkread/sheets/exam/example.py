"""The commented example that ``inkread sheet new`` writes, and that the demonstration uses.

This module does not know what any of it means.
"""

__all__ = ["EXAMPLE"]

EXAMPLE = """\
# An exam for inkread. Lines that begin with # are remarks.
#
#   inkread sheet check exam.toml            finds mistakes in this file
#   inkread sheet print exam.toml --copies 30    makes the PDF to print
#   inkread sheet scan exam.toml scans/      reads the scans or photos in the folder scans
#   inkread sheet review exam.toml           shows you what is not sure
#   inkread sheet results exam.toml          writes marks, statistics and marked copies

title = "Numbers, second test"
note = "Class 8b · November 2026 · 40 minutes"
paper = "A4"                      # or "Letter"
student_number = 6                # how many digits a student's number has
# check_digit = true              # one more box, for a check digit
# class_list = "class.csv"        # columns: number, name. CSV or XLSX

# kind is what an answer is: integer, decimal, fraction, time or date.
# Boxes are made to fit the key, unless you say otherwise: # is a digit, ± a sign, . a decimal point.

[[question]]
text = "12 · 12"
kind = "integer"
key = "144"
points = 1

[[question]]
text = "17 − 25"
kind = "integer"
key = "-8"
points = 1
boxes = "±###"

[[question]]
text = "Circumference of a circle of diameter 4 cm, in cm"
kind = "decimal"
key = "12.57"
tolerance = 0.01                  # 12.56 … 12.58 are right
points = 2
partial = [{ within = 0.1, points = 1 }]   # not quite as exact: half of it

[[question]]
text = "3/8 + 1/4"
kind = "fraction"
key = "5/8"
reduced = true                    # 10/16 does not count
points = 2
partial = [{ key = "10/16", points = 1 }]

[[question]]
text = "x² = 49: name a solution"
kind = "integer"
key = ["7", "-7"]                 # several right answers
points = 1

[[question]]
text = "A train leaves at 8:50 and needs 1 h 35 min. When does it arrive?"
kind = "time"
key = "10:25"
points = 1

[[question]]
text = "The day after 28 February 2028"
kind = "date"
key = "2028-02-29"
points = 1

[[question]]
text = "35 % of 1000"
kind = "integer"
key = "350"
points = 1
"""
