"""Measure who holds which ground, and tell whether a published sentence holds."""
