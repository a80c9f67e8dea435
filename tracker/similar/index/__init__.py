"""The index of the stored trials: files beside the store that can be deleted and made again."""
