"""The page of the worksheet editor: HTML, CSS and plain JavaScript, served as they are. Nothing to build."""
