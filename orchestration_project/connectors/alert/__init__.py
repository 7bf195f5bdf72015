"""By which ways people are told what is broken. One line a way; the playbook's `alerts: tell:` names them.

To add one: a module with a class that has `open` and `send` of `interface.py`, and its line here.
"""

SENDERS = {
    "chat": "orchestration_project.connectors.alert.chat:ChatSender",
    "email": "orchestration_project.connectors.alert.smtp:SmtpSender",
    "apprise": "orchestration_project.connectors.alert.apprise_services:AppriseSender",
}
