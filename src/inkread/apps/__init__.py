"""What people and other programs start: the command line, and whatever has a face. No stage is known here."""
