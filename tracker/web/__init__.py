"""The pages, the API, the feeds and the calendar. All of them only read."""
