"""As little as Django needs."""

import os

SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-measuring")
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "site_config.urls"
WSGI_APPLICATION = "site_config.wsgi.application"
INSTALLED_APPS: list[str] = []
