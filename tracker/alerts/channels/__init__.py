"""The channels that alerts are sent over: one object per type, listed in `channel_list`."""
