"""Language models. One line a connector. `offline` is no model: the decision layer scores by itself."""

TABLE = {
    "claude": "orchestration_project.connectors.ai.claude:ClaudeModel",
    "offline": "orchestration_project.connectors.ai.offline:NoModel",
    "openai": "orchestration_project.connectors.ai.openai:OpenAiModel",
}
