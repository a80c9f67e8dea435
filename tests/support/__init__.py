"""Everything the tests share: a harness for polls, programs, servers that misbehave, factories."""
