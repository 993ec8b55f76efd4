import pytest

from tokenward.compare.metrics.detectors import Detectors


@pytest.fixture(scope="session")
def detectors(registry):
    with Detectors(registry) as opened:
        yield opened
