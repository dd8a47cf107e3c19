"""What is written when all is marked.

gradebook  CSV and XLSX    markedcopy  the scanned pages with marks    statistics  how hard each question was
"""
