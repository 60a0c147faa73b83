"""Patterns of .dockerignore and paths, for the rules and for the engine that the rules are held against."""

PATHS = (
    ".env", "app/.env", "app/main.py", "app/__pycache__/main.cpython-313.pyc", "app/static/app.js", "build/lib/x.py", "dist/a.whl",
    "docs/index.md", "docs/api/deep/page.md", "README.md", "app/README.md", "a[1].txt", "src/build/keep.py", "tests/test_a.py",
    "tests/data/one.json", "x.log", "app/deep/er/x.log", "name with space.txt",
)  # fmt: skip

LISTS = (
    ("**/.env", "**/__pycache__", "build", "dist", "**/*.log"),
    ("docs", "!docs/api"),
    ("docs", "!docs/api", "docs/api/deep"),
    ("*.md",),
    ("**/*.md", "!README.md"),
    ("*", "!app"),
    ("**", "!app/main.py"),
    ("/build/", "./dist"),
    ("a\\[1\\].txt",),
    ("a[[]1].txt",),
    ("tests/*/one.json",),
    ("?.log", "# a comment", ""),
    ("name with space.txt",),
    ("**/deep/**",),
    ("app/**/x.log",),
    ("src/bu*",),
    ("!app/main.py", "app"),
    ("**/[a-m]*.py",),
)
