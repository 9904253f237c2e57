"""What several test modules use: programs that are run, observations, examples, comparisons."""
