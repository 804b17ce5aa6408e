"""Assistance beside a call (坐席助手): the dialogue comes in, answers go to the agent's panel."""
