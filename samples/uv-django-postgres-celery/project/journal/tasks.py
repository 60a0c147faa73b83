from celery import shared_task

from journal.models import Entry


@shared_task
def count_words() -> int:
    """Count the words of every entry that nobody has counted yet."""
    uncounted = list(Entry.objects.filter(words=None))
    for entry in uncounted:
        entry.words = len(entry.text.split())
    return Entry.objects.bulk_update(uncounted, ["words"]) if uncounted else 0
