"""Reads uploaded pictures over HTTP with FastAPI.

pip install "fastapi[standard]" inkread; fastapi dev examples/fastapi_app.py
curl -F picture=@photo.jpg localhost:8000/read
"""

from typing import Any

from fastapi import FastAPI, HTTPException, UploadFile

import inkread

app = FastAPI()
reader = inkread.Reader(limits=inkread.ImageLimits(max_megapixels=20, max_bytes=5_000_000))


@app.post("/read")
def read(picture: UploadFile) -> dict[str, Any]:
    """The reading as JSON. A plain function, not ``async``: FastAPI calls it in a thread, since it computes."""
    try:
        return reader.read(picture.file).to_dict()
    except inkread.UnreadableImage as error:
        raise HTTPException(422, str(error)) from None
