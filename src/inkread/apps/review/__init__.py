"""The review of an exam's marks in the browser: what is not sure is shown, and settled by somebody.

    session what is to be looked at, and what is decided     crops   the piece of a page that is shown
    byhand  points and comments                              assigning  pages that could not be told
    app     what is answered where                           page/   HTML, CSS and JavaScript, as they are

Who may ask, how pages are served and how long a request may take is ``inkread.apps.web``'s.
"""
