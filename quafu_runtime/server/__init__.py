"""The runtime service: what answers on one machine, or for a group, in place of the deployed service.

Nothing is imported here, so that `quafu_runtime.local` may read the settings without starting a server's imports.
"""
