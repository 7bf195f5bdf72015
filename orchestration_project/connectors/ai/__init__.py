"""Language models. One line a connector. `offline` is no model: the decision layer scores by itself."""

TABLE = {
    "claude": "orchestration_project.connectors.ai.claude:ClaudeModel",
    "gemini": "orchestration_project.connectors.ai.gemini:GeminiModel",
    "offline": "orchestration_project.connectors.ai.offline:NoModel",
    "ollama": "orchestration_project.connectors.ai.ollama:OllamaModel",
    "openai": "orchestration_project.connectors.ai.openai:OpenAiModel",
}
