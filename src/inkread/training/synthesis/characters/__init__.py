"""Single characters as ink, from pen strokes of people and drawn by code.

writers            digits in the hand of one writer        strings        made numbers of one writer
digit_templates    rare forms of digits, drawn by code     marks          marks between digits
stroke_variants    slashed 0, 1 with a flag or a foot      stroke_warp    strokes as another hand moves
printed_text       printed letters and words               degradation    paper, pen, light, camera and JPEG
"""
