"""The editor of a worksheet in the browser: rectangles are drawn over its pages and kept in its TOML file.

    editor  what the file says, and what is written into it     app     what is answered where
    page/   HTML, CSS and JavaScript, as they are

Who may ask, how pages are served and how long a request may take is ``inkread.apps.web``'s.
"""
