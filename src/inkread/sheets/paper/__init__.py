"""An exam on paper: where all stands, and the PDF that is printed.

layout    where all stands, in millimetres      printing  pages -> PDF
printed   codes and layouts as printed          pen       lines, boxes, text in each language
hands     made handwriting
"""
