"""Grafana Tempo, 2.4 to 3.x."""

from tracefetch.backends.tempo.backend import Tempo

__all__ = ["Tempo"]
