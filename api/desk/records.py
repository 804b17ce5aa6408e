"""What desks need of a deployment: the database and the present moment, as pushes have them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from api.errors import NotServing
from api.push.house import PushHouse


class DeskRecords:
    """The database of the store, opened when it is first needed: searching needs none."""

    def __init__(self, house: PushHouse) -> None:
        self._house = house

    @property
    def engine(self) -> Engine:
        """The database, made or brought up to date; ``StoreError`` where it cannot be used."""
        return self._house.engine

    def now(self) -> dt.datetime:
        """The present moment, with its zone."""
        return self._house.now()


async def _records(request: Request) -> DeskRecords:
    house: PushHouse | None = request.app.state.house
    if house is None:
        raise NotServing("这个服务没有设置数据库，不能记反馈和收藏")
    return DeskRecords(house)


AtRecords = Annotated[DeskRecords, Depends(_records)]
