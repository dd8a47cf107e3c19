"""From the glyphs of a page to its reading: page limits, recognizer, way up, and the trace of all stages."""
