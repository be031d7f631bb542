-- Once, as PostgreSQL's superuser, with OWNER_PASSWORD and APP_PASSWORD in the environment:
--   sudo --preserve-env=OWNER_PASSWORD,APP_PASSWORD -u postgres psql --file docs/operations/roles.sql
-- The owner makes the tables. The application's role owns nothing: that the ledger only grows is its lack of privileges.
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
-- The passwords aren't written to the server's log, whatever it logs.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
SET password_encryption = 'scram-sha-256';
-- CREATEDB is for restore_check, which restores into a database of its own and drops it.
CREATE ROLE fundadmin_owner LOGIN CREATEDB PASSWORD :'owner_password';
CREATE ROLE fundadmin_app LOGIN PASSWORD :'app_password';
CREATE DATABASE fundadmin OWNER fundadmin_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE fundadmin FROM PUBLIC;
GRANT CONNECT ON DATABASE fundadmin TO fundadmin_app;
