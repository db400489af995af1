"""Creates a Prefect automation: a message when a run of recognize-archive fails, with the reason.

A run fails when more pages than its parameter ``max_failure_rate`` allows could not be read, or
when something stopped it; a failure's message names the rate. Slack, Mattermost and others take a
webhook of this form:

    python infra/alert_on_failure_rate.py https://hooks.slack.com/services/...

A second call replaces the first one's address.
"""

import sys

from prefect.automations import Automation
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.events.actions import SendNotification
from prefect.events.schemas.automations import EventTrigger, Posture

NAME = "kuzushiji-failure-rate"
BODY = "{{ flow_run.state.name }}: {{ flow_run.state.message }} {{ flow_run|ui_url }}"
FLOW = {"prefect.resource.role": "flow", "prefect.resource.name": "recognize-archive"}


def create_alert(webhook: str) -> None:
    """Store the webhook and create the automation, unless it is there.

    Args:
        webhook: takes a POST of ``{"text": ...}``.
    """
    block = CustomWebhookNotificationBlock(
        name=NAME, url=webhook, json_data={"text": "{{subject}}: {{body}}"}
    )
    block_id = block.save(NAME, overwrite=True)
    if any(automation.name == NAME for automation in _automations()):
        return
    Automation(
        name=NAME,
        description="A run of recognize-archive failed.",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
            match_related=FLOW,
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[
            SendNotification(
                block_document_id=block_id,
                subject="{{ flow.name }} {{ flow_run.name }}",
                body=BODY,
            )
        ],
    ).create()


def _automations() -> list[Automation]:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return client.read_automations_by_name(NAME)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python infra/alert_on_failure_rate.py WEBHOOK")
    create_alert(sys.argv[1])
