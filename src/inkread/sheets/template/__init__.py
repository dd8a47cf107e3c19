"""A teacher's own worksheet: any PDF or scan, with a rectangle for each answer; its print tells its pages apart.

blanks         the worksheet's file -> its empty pages
registration   a picture and the empty pages -> which page it is, and the page lying flat
handwriting    a flat page and its empty page -> what was written by hand, printed text taken out
freereading    a rectangle's picture -> the answers it may hold
worksheetreading  a picture -> a page's record, as ``scans.pagereading`` makes it of printed sheets
templatefile   rectangles -> a TOML file, and changes of it
"""
