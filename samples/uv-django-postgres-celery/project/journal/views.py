from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from journal.models import Entry


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "journal/index.html", {"entries": Entry.objects.all()[:50]})


@require_POST
def add_entry(request: HttpRequest) -> HttpResponse:
    entry = Entry.objects.create(text=request.POST["text"])
    return JsonResponse({"id": entry.pk}, status=201)


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    connection.ensure_connection()
    return JsonResponse({"status": "ok"})
