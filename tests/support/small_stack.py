"""A stack of one function, its API and a workflow, written out for tests of deployer and front."""

from pathlib import Path

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  NamePrefix: { Type: String, Default: Small }
  Cloud: { Type: String, Default: aws }
Globals:
  Function:
    Runtime: python3.12
    Timeout: 20
    Layers: [!Ref CommonLayer, !Ref OwnLayer]
Resources:
  CommonLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: { LayerName: !Sub "${NamePrefix}-common", ContentUri: .build/common-layer/ }
  OwnLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: { LayerName: !Sub "${NamePrefix}-own", ContentUri: own-layer/ }
  UiBucket:
    Type: AWS::S3::Bucket
  Switch:
    Type: AWS::SSM::Parameter
    Properties: { Name: !Sub "/${NamePrefix}/switch", Type: String, Value: "on" }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub ${NamePrefix}-Notes
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: key, AttributeType: S }]
      KeySchema: [{ AttributeName: key, KeyType: HASH }]
  Api:
    Type: AWS::Serverless::Api
    Properties: { StageName: api }
  NotesRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: { Service: lambda.amazonaws.com }
      Policies:
        - PolicyName: Read
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - { Effect: Allow, Action: "dynamodb:GetItem", Resource: !GetAtt Table.Arn }
  NotesFunction:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub ${NamePrefix}-Notes
      CodeUri: functions/
      Handler: notes.handler
      Role: !GetAtt NotesRole.Arn
      Environment: { Variables: { TABLE: !Ref Table, CLOUD: !Ref Cloud } }
      Events:
        Read: { Type: Api, Properties: { RestApiId: !Ref Api, Path: "/notes/{key}", Method: GET } }
        Write: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /notes, Method: POST } }
  Workflow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: !Sub ${NamePrefix}-Workflow
      DefinitionUri: workflow.asl.yaml
      DefinitionSubstitutions: { NotesFunctionArn: !GetAtt NotesFunction.Arn }
      Policies:
        - LambdaInvokePolicy: { FunctionName: !Ref NotesFunction }
Outputs:
  ApiUrl: { Value: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/api" }
  UiBucket: { Value: !Ref UiBucket }
  WorkflowArn: { Value: !Ref Workflow }
"""

WORKFLOW = """
StartAt: Ask
States:
  Ask:
    Type: Task
    Resource: ${NotesFunctionArn}
    End: true
"""

FUNCTION = '''
"""Answers what it was asked, who it is and what it may do."""

import json
import os

import boto3
import own
from itops_core.settings import bundled


def attempt(action):
    try:
        action()
    except Exception as error:
        return type(error).__name__
    return "allowed"


def handler(event, _context):
    print("asked")
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    body = {
        "path": event.get("path"),
        "query": event.get("queryStringParameters"),
        "body": event.get("body"),
        "cloud": os.environ["CLOUD"],
        "who": boto3.client("sts").get_caller_identity()["Arn"],
        "read": attempt(lambda: table.get_item(Key={"key": "a"})),
        "write": attempt(lambda: table.put_item(Item={"key": "a"})),
        "own": own.VALUE,
        "configuration": str(bundled("config")),
    }
    return {"statusCode": 200, "body": json.dumps(body)}
'''


def write_small_stack(folder: Path) -> Path:
    """Write the template and what it refers to into `folder`; return the template."""
    (folder / "functions").mkdir(parents=True)
    (folder / "functions" / "notes.py").write_text(FUNCTION)
    (folder / "own-layer" / "python").mkdir(parents=True)
    (folder / "own-layer" / "python" / "own.py").write_text("VALUE = 1\n")
    (folder / "workflow.asl.yaml").write_text(WORKFLOW)
    template = folder / "template.yaml"
    template.write_text(TEMPLATE)
    return template
