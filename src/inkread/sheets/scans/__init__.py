"""Scans and photos -> what stands in the boxes of each page.

    sources      folders of scans -> pictures     register     picture -> flat page
    cells        flat page -> ink of each box     symbols      ink -> symbol
    stray        ink beside boxes                 strikes      a line through a symbol
    pagereading  picture -> a page's record       scanning     all pictures, several at once

This room does not know what an answer is worth.
"""
