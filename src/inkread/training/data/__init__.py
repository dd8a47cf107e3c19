"""Labelled images of digits and pen strokes: found, checked, split.

sources    SOURCE -> labelled images              mnist        MNIST's files
tables     CSV and .npz                           pictures     folders of one's own pictures
labelled   checks that all images must pass       strokes      UNIPEN and pendigits
fetching   MNIST from its mirrors                 relabelled   MNIST's test labels as people correct them
"""
