"""Where spans come from: one small package per backend, and the decoding that they share.

Backends are found through the entry-point group `tracefetch.backends`, the built-in ones too;
they never import each other. What they exchange with a driver is in `tracefetch.http.values`.
"""
