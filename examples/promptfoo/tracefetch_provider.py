from tracefetch.promptfoo import call_api  # noqa: F401
