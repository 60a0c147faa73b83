#!/bin/sh
set -e
echo "starting"
exec uvicorn api.server:service --host 0.0.0.0 --port 8600 --proxy-headers
