"""What devices measure, and how CloudWatch keeps it: one metric a quantity, one dimension."""

from typing import Literal

NAMESPACE = "ITOps/Fleet"
DIMENSION = "DeviceId"

Quantity = Literal[
    "TemperatureCelsius",
    "AmbientCelsius",
    "HumidityPercent",
    "DoorOpen",
    "CompressorPercent",
    "BatteryPercent",
    "SignalPercent",
    "ReportsReceived",
]
QUANTITIES: tuple[Quantity, ...] = (
    "TemperatureCelsius",
    "AmbientCelsius",
    "HumidityPercent",
    "DoorOpen",
    "CompressorPercent",
    "BatteryPercent",
    "SignalPercent",
    "ReportsReceived",
)
STATISTICS = {"DoorOpen": "Maximum", "ReportsReceived": "Sum"}
"""Of what is not averaged."""
