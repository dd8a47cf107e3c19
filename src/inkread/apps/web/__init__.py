"""The page and the HTTP API: one small server that is built to be left running.

    server        the process: socket, connections, signals      batches    who waits, and for how long; batches
    connections   one client's connection, with time limits      workers    processes that read, one for each core
    app           what is answered where, put together           desk       job -> answer: all that touches a picture
    routes        the API                                        inside     "what the network sees" as JSON
    safety        who may ask: host, origin, token               uploads    bodies of requests -> pictures and glyphs
    bodies        bodies, counted while they arrive              schemas    what the API takes and gives, for OpenAPI
    watching      log lines and figures, no pictures             page/      HTML, CSS, JavaScript modules

A request's way: ``connections`` → ``watching`` → ``safety`` → ``routes`` → ``bodies`` → ``batches`` → ``workers`` →
``desk``. The process that talks HTTP never decodes a picture: that happens in the workers, which can be stopped
when they take too long. Nothing here fetches an address for a client or uses a client's file name.
"""
