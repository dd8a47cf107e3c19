"""The page of the review: HTML, CSS and plain JavaScript, served as they are. Nothing to build."""
