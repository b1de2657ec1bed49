"""Log every call. Without the call of basicConfig, Python shows nothing."""

import logging
import sys

from authlete_fail import Client

logging.basicConfig(level=logging.INFO)
client = Client(
    base_url=sys.argv[1],
    service_id="21653835348762",
    access_token="sandbox-access-token",
    log_level="info",
)
client.backchannel_authentication()
