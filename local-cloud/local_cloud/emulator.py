"""MiniStack's modules, untyped: the patches reach into what it does not offer to others.

Importing this imports MiniStack, which reads the environment while being imported; the launcher
sets that first.
"""

from typing import Any

from ministack import app as _app
from ministack.core import hypercorn_compat as _hypercorn_compat
from ministack.core import iam_actions as _iam_actions
from ministack.core import lambda_runtime as _lambda_runtime
from ministack.core import persistence as _persistence
from ministack.core import responses as _responses
from ministack.services import apigateway_v1 as _apigateway
from ministack.services import cloudformation as _cloudformation
from ministack.services import cloudwatch as _cloudwatch
from ministack.services import eventbridge as _eventbridge
from ministack.services import lambda_svc as _lambda_svc
from ministack.services import s3 as _s3
from ministack.services import sns as _sns
from ministack.services import sqs as _sqs
from ministack.services import stepfunctions as _stepfunctions

app: Any = _app
apigateway: Any = _apigateway
cloudformation: Any = _cloudformation
cloudwatch: Any = _cloudwatch
eventbridge: Any = _eventbridge
hypercorn_compat: Any = _hypercorn_compat
iam_actions: Any = _iam_actions
lambda_runtime: Any = _lambda_runtime
lambda_svc: Any = _lambda_svc
persistence: Any = _persistence
responses: Any = _responses
s3: Any = _s3
sns: Any = _sns
sqs: Any = _sqs
stepfunctions: Any = _stepfunctions
