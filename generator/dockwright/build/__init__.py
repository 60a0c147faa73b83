"""Starts engines: builds images, locks inside them, and asks what is in them."""
