//! The tables, in both dialects. All else that is said to the databases is the same for both.
//!
//! `seq` is the order of creation. `body` is the object as it is told, `doc` the same to search in,
//! `words` its texts in small letters. `parent` is the object whose rights hold for this one, too,
//! and with which it is removed; empty, if there is none. A right's `subject` is `*` (everybody),
//! `@users` (whoever is logged in), `users/ID` or `usergroups/ID`. An entry's `value` is a hash
//! ([`super::super::object_types`]).

/// For SQLite.
pub(super) const SQLITE: &str = "
    CREATE TABLE IF NOT EXISTS enginio_objects (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        backend TEXT NOT NULL,
        type TEXT NOT NULL,
        id TEXT NOT NULL,
        parent TEXT NOT NULL,
        body TEXT NOT NULL,
        words TEXT NOT NULL,
        doc TEXT GENERATED ALWAYS AS (body) VIRTUAL,
        UNIQUE (backend, id)
    );
    CREATE INDEX IF NOT EXISTS enginio_in_order ON enginio_objects (backend, type, seq);
    CREATE INDEX IF NOT EXISTS enginio_by_parent ON enginio_objects (backend, parent);
    CREATE TABLE IF NOT EXISTS enginio_rights (
        backend TEXT NOT NULL,
        object TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        PRIMARY KEY (backend, object, kind, subject)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS enginio_by_subject ON enginio_rights (backend, subject);
    CREATE TABLE IF NOT EXISTS enginio_members (
        backend TEXT NOT NULL,
        grp TEXT NOT NULL,
        member TEXT NOT NULL,
        PRIMARY KEY (backend, grp, member)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS enginio_by_member ON enginio_members (backend, member);
    CREATE TABLE IF NOT EXISTS enginio_accounts (
        backend TEXT NOT NULL,
        id TEXT NOT NULL,
        username TEXT NOT NULL,
        password TEXT NOT NULL,
        PRIMARY KEY (backend, id),
        UNIQUE (backend, username)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS enginio_tokens (
        hash TEXT PRIMARY KEY,
        backend TEXT NOT NULL,
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        login TEXT NOT NULL,
        expires BIGINT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS enginio_by_account ON enginio_tokens (backend, account);
    CREATE TABLE IF NOT EXISTS enginio_files (
        backend TEXT NOT NULL,
        id TEXT NOT NULL,
        received BIGINT NOT NULL,
        size BIGINT NOT NULL,
        media TEXT NOT NULL,
        property TEXT NOT NULL,
        PRIMARY KEY (backend, id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS enginio_types (
        backend TEXT NOT NULL,
        name TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (backend, name)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS enginio_entries (
        backend TEXT NOT NULL,
        type TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        object TEXT NOT NULL,
        PRIMARY KEY (backend, type, name, value, object)
    ) WITHOUT ROWID;
    PRAGMA user_version = 1;
";

/// For PostgreSQL.
#[cfg(feature = "postgres")]
pub(super) const POSTGRES: &str = "
    CREATE TABLE IF NOT EXISTS enginio_objects (
        seq bigserial PRIMARY KEY,
        backend text NOT NULL,
        type text NOT NULL,
        id text NOT NULL,
        parent text NOT NULL,
        body text NOT NULL,
        words text NOT NULL,
        doc jsonb GENERATED ALWAYS AS (body::jsonb) STORED,
        UNIQUE (backend, id)
    );
    CREATE INDEX IF NOT EXISTS enginio_in_order ON enginio_objects (backend, type, seq);
    CREATE INDEX IF NOT EXISTS enginio_by_parent ON enginio_objects (backend, parent);
    CREATE TABLE IF NOT EXISTS enginio_rights (
        backend text NOT NULL,
        object text NOT NULL,
        kind text NOT NULL,
        subject text NOT NULL,
        PRIMARY KEY (backend, object, kind, subject)
    );
    CREATE INDEX IF NOT EXISTS enginio_by_subject ON enginio_rights (backend, subject);
    CREATE TABLE IF NOT EXISTS enginio_members (
        backend text NOT NULL,
        grp text NOT NULL,
        member text NOT NULL,
        PRIMARY KEY (backend, grp, member)
    );
    CREATE INDEX IF NOT EXISTS enginio_by_member ON enginio_members (backend, member);
    CREATE TABLE IF NOT EXISTS enginio_accounts (
        backend text NOT NULL,
        id text NOT NULL,
        username text NOT NULL,
        password text NOT NULL,
        PRIMARY KEY (backend, id),
        UNIQUE (backend, username)
    );
    CREATE TABLE IF NOT EXISTS enginio_tokens (
        hash text PRIMARY KEY,
        backend text NOT NULL,
        account text NOT NULL,
        kind text NOT NULL,
        login text NOT NULL,
        expires bigint NOT NULL
    );
    CREATE INDEX IF NOT EXISTS enginio_by_account ON enginio_tokens (backend, account);
    CREATE TABLE IF NOT EXISTS enginio_files (
        backend text NOT NULL,
        id text NOT NULL,
        received bigint NOT NULL,
        size bigint NOT NULL,
        media text NOT NULL,
        property text NOT NULL,
        PRIMARY KEY (backend, id)
    );
    CREATE TABLE IF NOT EXISTS enginio_types (
        backend text NOT NULL,
        name text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (backend, name)
    );
    CREATE TABLE IF NOT EXISTS enginio_entries (
        backend text NOT NULL,
        type text NOT NULL,
        name text NOT NULL,
        value text NOT NULL,
        object text NOT NULL,
        PRIMARY KEY (backend, type, name, value, object)
    );
";
