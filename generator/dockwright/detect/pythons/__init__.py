"""The places where a project says which Python it wants, one module per kind of place."""
