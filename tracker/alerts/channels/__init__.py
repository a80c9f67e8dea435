"""The channels alerts are sent over: one object a type, one line a type in `channel_list`."""
