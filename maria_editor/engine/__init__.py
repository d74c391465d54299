"""The editor's side of the seam: a client for the window and the worker that it talks to.

Nothing is imported here: the child process needs `worker` without Qt.
"""
