"""Beginning a connector: a folder that works, passes every rule and clause, and has then to be made true."""
