"""The review of an exam's marks in the browser: what is not sure is shown, and settled by somebody.

    session    what is to be looked at, and what is decided    app     what is answered where
    assigning  the page that is shown, and whose it is         page/   HTML, CSS and JavaScript, as they are

Who may ask, how pages are served and how long a request may take is ``inkread.apps.web``'s.
"""
