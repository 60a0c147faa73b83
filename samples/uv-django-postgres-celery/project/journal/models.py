from django.db import models


class Entry(models.Model):
    text = models.TextField()
    words = models.PositiveIntegerField(null=True)
    written = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-written"]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return self.text[:40]
