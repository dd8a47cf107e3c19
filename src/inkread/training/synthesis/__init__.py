"""Made pages with labelled digits: what the page network learns from, and what benchmarks measure on."""
