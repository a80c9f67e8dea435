"""The pages, the API, the feeds and the calendar. They only read, but for `actions`."""
