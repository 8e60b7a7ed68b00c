"""The other side of each wire protocol: pure classes that play the gateway, for the test caller and for tests."""
