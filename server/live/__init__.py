"""One live call: what joins a gateway, the engine, the recogniser and the prompts."""
