"""Throwaway servers on loopback, each in a folder of its own, gone with the process that started them."""
