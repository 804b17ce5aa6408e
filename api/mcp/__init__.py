"""The knowledge base for assistants that speak MCP (Model Context Protocol): ``zhiku mcp``.

``tools`` says what there is, without the protocol; ``server`` is the only module that knows the SDK.
"""
