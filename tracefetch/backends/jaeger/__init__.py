"""Jaeger, v1 and v2, by both of its query APIs."""

from tracefetch.backends.jaeger.backend import Jaeger

__all__ = ["Jaeger"]
