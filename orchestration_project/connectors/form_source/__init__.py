"""Where submissions come from. One line a connector."""

TABLE = {
    "hubspot_forms": "orchestration_project.connectors.form_source.hubspot_forms:HubSpotForms",
    "inbox": "orchestration_project.connectors.form_source.inbox:Inbox",
    "json_list": "orchestration_project.connectors.form_source.json_list:JsonList",
    "tally": "orchestration_project.connectors.form_source.tally:Tally",
    "typeform": "orchestration_project.connectors.form_source.typeform:Typeform",
}
