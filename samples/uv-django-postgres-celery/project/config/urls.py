from django.urls import path
from journal import views

urlpatterns = [
    path("", views.index, name="index"),
    path("entries/", views.add_entry, name="add-entry"),
    path("health/", views.health, name="health"),
]
