"""What an exam is, as a teacher writes it down.

    design        an exam in words       designfile   from its TOML file, with every mistake's line
    questionfile  the questions in it    tomlchecking tables of a TOML file, and where each key stands
    patterns      which boxes an answer needs          answers  what boxes say and are worth
    roster        the class list         example      the commented example

This room does not know what is printed.
"""
