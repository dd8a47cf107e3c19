"""Result files of a marked exam.

gradebook  CSV and XLSX    markedcopy  the scanned pages with marks    statistics  how hard each question was
"""
