"""What an event leaves behind: replay, slides, questions and answers, a summary."""
