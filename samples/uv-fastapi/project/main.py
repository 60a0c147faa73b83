from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from fastapi import FastAPI, HTTPException

app = FastAPI(title="World clock")


@app.get("/")
def zones() -> dict[str, int]:
    return {"zones": len(available_timezones())}


@app.get("/{zone:path}")
def now(zone: str) -> dict[str, str]:
    if zone not in available_timezones():
        raise HTTPException(404, "no such time zone")
    return {"zone": zone, "now": datetime.now(ZoneInfo(zone)).isoformat()}
