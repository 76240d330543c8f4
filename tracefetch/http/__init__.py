"""Everything that touches the network: drivers, auth, retry, limits, error translation."""
