"""Scans and photos -> what stands in the boxes of each page.

scanning     folders of scans, several pages at once    pagereading  picture -> a page's record
register     picture -> flat page                       cells        flat page -> ink of each box
symbols      ink -> symbol, struck or not               stray        ink beside boxes
"""
