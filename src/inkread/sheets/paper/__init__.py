"""An exam on paper: where all stands, and the PDF that is printed.

layout    where all stands, in millimetres    printing  pages -> PDF
codes     what a page's signed QR code says   printed   layouts as they were printed
pen       lines, boxes and text on a PDF      typeset   text that fits
texts     in each language                    hands     made handwriting
"""
