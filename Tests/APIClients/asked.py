"""Workflows of one's own in real builds: commands, what they print, a question and its answer, a failure that is passed over."""
import json

from building import STATES, guests, reaches, recipe, runs, state, steps, until

BUILD_FLOW = """name: build-asked
schemaVersion: 1.0
parameters: [{name: word, type: string, default: nothing}]
steps:
  - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent}}
  - {name: Apply, action: ExecuteComponents, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
  - name: Ask
    action: RunCommand
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName: AWS-RunShellScript
      parameters: {commands: [cat /root/made]}
  - name: Broken
    action: RunCommand
    onFailure: Continue
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName: AWS-RunShellScript
      parameters: {commands: [exit 3]}
  - name: Never
    action: WaitForAction
    if: {stringEquals: other, value: '$.stepOutputs.Ask.output[0]'}
  - name: Approve
    action: WaitForAction
    timeoutSeconds: 300
    if: {stringEquals: $.parameters.word, value: '$.stepOutputs.Ask.output[0]'}
  - name: After
    action: RunCommand
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName: AWS-RunShellScript
      parameters: {commands: ['echo "{{ $.stepOutputs.Approve.reason }}" > /root/reason']}
  - {name: Clean, action: SanitizeInstance, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
  - {name: Image, action: CreateImage, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
  - {name: End, action: TerminateInstance, onFailure: Continue, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
"""
TEST_FLOW = """name: test-asked
schemaVersion: 1.0
steps:
  - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent}}
  - name: Look
    action: RunCommand
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName: AWS-RunShellScript
      parameters: {commands: ['grep -x "looks good" /root/reason']}
  - {name: End, action: TerminateInstance, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
"""


def workflows(server, cloud):
    """Workflows of one's own: commands, what they print, a question and its answer, a failure that is passed over."""
    ib = server.ib
    _, of = recipe(ib, "asked", "echo made > /root/made")
    infrastructure = ib.create_infrastructure_configuration(name="asked", instanceProfileName="p")[
        "infrastructureConfigurationArn"]
    build = ib.create_workflow(name="build_asked", semanticVersion="1.0.0", type="BUILD", data=BUILD_FLOW)[
        "workflowBuildVersionArn"]
    test = ib.create_workflow(name="test_asked", semanticVersion="1.0.0", type="TEST", data=TEST_FLOW)[
        "workflowBuildVersionArn"]
    image = ib.create_image(
        imageRecipeArn=of, infrastructureConfigurationArn=infrastructure,
        workflows=[{"workflowArn": build, "parameters": [{"name": "word", "value": ["made"]}]},
                   {"workflowArn": test, "parallelGroup": "all"}])["imageBuildVersionArn"]

    def waiting():
        found, reason = state(ib, image)
        assert found in STATES[:-1], (found, reason)
        return ib.list_waiting_workflow_steps()["steps"]
    step, = until("waiting step", 400, waiting)
    assert step["name"] == "Approve" and step["workflowBuildVersionArn"] == build, step
    launched = ib.get_workflow_step_execution(stepExecutionId=steps(ib, image, "BUILD")[1]["Launch"]["stepExecutionId"])
    guest = json.loads(launched["outputs"])["instanceId"]
    assert runs(guest) and guests(), f"the guest {guest} is there while somebody is asked"
    ib.send_workflow_step_action(
        stepExecutionId=step["stepExecutionId"], imageBuildVersionArn=image, action="RESUME", reason="looks good")
    reaches(ib, image, "AVAILABLE")
    assert not runs(guest), guest
    assert ib.list_waiting_workflow_steps()["steps"] == []
    execution, found = steps(ib, image, "BUILD")
    assert execution["status"] == "COMPLETED" and execution["workflowBuildVersionArn"] == build, execution
    assert {name: step["status"] for name, step in found.items() if step["status"] != "COMPLETED"} == {
        "Broken": "FAILED", "Never": "SKIPPED"}, found
    ask = ib.get_workflow_step_execution(stepExecutionId=found["Ask"]["stepExecutionId"])
    assert json.loads(ask["outputs"])["output"] == ["made"], ask
    assert json.loads(ask["inputs"])["instanceId"].startswith("kiln-b-"), ask
    approve = ib.get_workflow_step_execution(stepExecutionId=found["Approve"]["stepExecutionId"])
    assert json.loads(approve["outputs"]) == {"action": "RESUME", "reason": "looks good"}, approve
    execution, found = steps(ib, image, "TEST")
    assert execution["parallelGroup"] == "all" and execution["workflowBuildVersionArn"] == test, execution
    assert {step["status"] for step in found.values()} == {"COMPLETED"}, found
    ib.delete_image(imageBuildVersionArn=image)
