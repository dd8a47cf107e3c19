"""The commands about networks: train, data, evaluate, export and explain."""
