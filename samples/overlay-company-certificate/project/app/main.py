from fastapi import FastAPI

from app.routers import temperatures

app = FastAPI(title="Temperatures")
app.include_router(temperatures.router)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
