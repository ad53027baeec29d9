"""People, organisations and skills through the API: the same queries and actions as the pages."""

from talkoo.people.api import me, organisations, people

ROUTERS = [("Me", me.router), ("Organisations and skills", organisations.router), ("People", people.router)]
