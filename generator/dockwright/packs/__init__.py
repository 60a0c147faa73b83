"""Template packs: a folder with questions, templates and files that a team shares."""
