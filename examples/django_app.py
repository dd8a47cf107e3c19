"""Reads uploaded pictures over HTTP with Django, in one file.

pip install django inkread; python examples/django_app.py runserver; curl -F picture=@photo.jpg localhost:8000/read
"""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST

import inkread

if not settings.configured:
    # Your project has its own settings; keep its protection against forged requests (CSRF).
    settings.configure(
        ROOT_URLCONF=__name__, SECRET_KEY=os.urandom(16).hex(), ALLOWED_HOSTS=["localhost", "127.0.0.1"]
    )
reader = inkread.Reader()


@require_POST
def read(request: HttpRequest) -> JsonResponse:
    """The reading as JSON; the picture is the form's field ``picture``."""
    picture = request.FILES.get("picture")
    if picture is None:
        return JsonResponse({"error": "send a picture in the field: picture"}, status=400)
    try:
        return JsonResponse(reader.read(picture).to_dict())
    except inkread.UnreadableImage as error:
        return JsonResponse({"error": str(error)}, status=422)


urlpatterns = [path("read", read)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
