#!/bin/sh
# PostgreSQL's image runs this once, on an empty volume; OWNER_PASSWORD and APP_PASSWORD are in its environment.
exec psql --username postgres --file /roles.sql
