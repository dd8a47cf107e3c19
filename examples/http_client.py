"""Read pictures with a server: ``inkread serve``, then ``python http_client.py photo.jpg more.png``."""

import os
import sys

import httpx

SERVER = os.environ.get("INKREAD_SERVER", "http://127.0.0.1:8000")
TOKEN = os.environ.get("INKREAD_TOKEN", "")

headers = {"Authorization": f"Bearer {TOKEN}"} if TOKEN else {}
with httpx.Client(base_url=SERVER, headers=headers, timeout=60) as client:
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            answer = client.post("/v1/read", files={"picture": file})
        if answer.is_error:
            told = answer.json()
            raise SystemExit(f"{path}: {told['detail']}; {told['hint']}")
        for reading in answer.json().get("pages", [answer.json()]):
            print(path, reading.get("text", reading.get("detail")), sep="\t")
