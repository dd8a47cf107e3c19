"""A line of writing as a whole: level ink, a strip of one height, and what the line network sees in it."""
