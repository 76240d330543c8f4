"""Tests of the backends' operations, played with answers as servers gave or document them."""
