"""The texts inside of what clients send and receive."""
