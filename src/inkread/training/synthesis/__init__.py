"""Made material with labels: characters in ``characters``, whole pages here."""
