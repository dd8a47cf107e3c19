"""The page and the HTTP API: one small server that is built to be left running.

    server         socket, certificate, signals                  service      the queue of jobs before the workers
    connections    one client's connection, with time limits     handlers     job -> answer, in a worker process
    app            routes, page and middleware, put together     inside       "what the network sees" as JSON
    routes         the API                                       uploads      request bodies -> pictures and glyphs
    access         host, origin and token are checked            schemas      what the API takes and gives, for OpenAPI
    request_body   bodies, counted while they arrive             page/        HTML, CSS, JavaScript modules
    metrics        log lines and figures, no pictures            answers      answers and refusals as JSON

A request goes through ``connections`` → ``metrics`` → ``access`` → ``routes`` → ``request_body`` → ``service`` →
``handlers``. The process that talks HTTP never decodes a picture: that happens in worker processes, which are killed
when they take too long. Nothing here fetches an address for a client or uses a client's file name.
"""
