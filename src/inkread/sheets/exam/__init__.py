"""The definition of an exam, as a teacher writes it down.

design        an exam in words, its boxes    designfile    from its TOML file, with every mistake's line
questionfile  the questions in it            tomlchecking  tables of a TOML file, and where each key stands
answers       what boxes say, their worth    roster        the class list
"""
