"""The contract of every backend, held against live servers: spans go in by the SDK and come back as they were."""
