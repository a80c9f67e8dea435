"""What a record says about results: a summary in every record, and the whole when it is asked for."""
