from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import func, select

from library.database import Base, Book, Session, engine


@asynccontextmanager
async def create_tables(app: FastAPI) -> AsyncIterator[None]:
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(1)))  # the workers start at the same time
        Base.metadata.create_all(connection)
    yield


class NewBook(BaseModel):
    title: str
    shelf: str


app = FastAPI(title="Library", lifespan=create_tables)


@app.get("/books")
def books() -> list[NewBook]:
    with Session() as session:
        return [NewBook(title=book.title, shelf=book.shelf) for book in session.scalars(select(Book))]


@app.post("/books", status_code=201)
def add_book(book: NewBook) -> NewBook:
    with Session.begin() as session:
        session.add(Book(**book.model_dump()))
    return book


@app.get("/health")
def health() -> dict[str, str]:
    return {"driver": engine.dialect.driver}
