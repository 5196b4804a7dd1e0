"""Work behind the pages: `wake()` after a commit tells the workers that there is something to do."""

from crm.jobs.queue import every_minute, job, wake

__all__ = ["every_minute", "job", "wake"]
