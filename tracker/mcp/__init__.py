"""Tools for assistants (MCP): the questions of the API with a memory, quoted and capped. Everything only reads."""
