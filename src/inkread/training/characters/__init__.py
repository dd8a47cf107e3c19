"""Single characters as ink, from people's strokes and drawn by code, and what paper and camera make of them.

writers            digits in the hand of one writer        strings        made numbers of one writer
digit_templates    rare forms of digits, drawn by code     marks          marks between digits
stroke_variants    slashed 0, 1 with a flag or a foot      stroke_warp    strokes as another hand moves
printed_text       printed letters and words               kerning        ink beside ink
degradation        paper, pen, light and camera            jpeg           compression
"""
