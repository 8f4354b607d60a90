"""Takes the steps of a run towards a goal: plan, one tool, evaluate, deliver on consent."""
