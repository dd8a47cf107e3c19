"""What people say a digit really is, kept as pictures that a network can learn from.

    store = Corrections()                              # the user's own; or Corrections(folder)
    added = store.add(picture, label=4, guessed=9)     # added.new is False if the very same is there already
    store.take_back(added)                             # the store is as it was before
    store.count(), store.list(), store.last(), store.remove("3f2a91c0")
    store.export("my-digits")                          # then: inkread train --data my-digits

A correction is one PNG, ``LABEL/ID-read-GUESS.png``, in sub-folders ``0`` … ``9``: what ``inkread train --data``
takes. Each is written to a temporary file, forced to the disk and renamed, so that a crash leaves it whole or not
there. Its id is the hash of its pixels, so that no picture is there twice. Threads and processes may share a store.

    store     the folder as people use it       files     names, listing, writing
"""

from inkread.corrections.files import CannotKeep, Correction, has_ink
from inkread.corrections.store import Added, Corrections, NoSuchCorrection, default_folder

__all__ = [
    "Added",
    "CannotKeep",
    "Correction",
    "Corrections",
    "NoSuchCorrection",
    "default_folder",
    "has_ink",
]
