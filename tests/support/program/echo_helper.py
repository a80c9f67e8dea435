"""A helper process that answers each question backwards."""

from __future__ import annotations

from tracker.processes.helper_process import answer_until_the_end

if __name__ == "__main__":
    answer_until_the_end(lambda question: question[::-1])
