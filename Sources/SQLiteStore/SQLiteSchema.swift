import CacheModel

/// The tables, their version, and the steps from each version to the next.
enum SQLiteSchema {
    /// Marks a file as Deja's in its SQLite header ("Deja" in ASCII).
    static let applicationID: Int64 = 0x4465_6A61
    /// The version that this build reads and writes.
    static var version: Int64 { Int64(migrations.count) }

    /// Step n makes version n + 1 of version n; a new file starts at version 0. Steps are never changed once released.
    static let migrations: [String] = [
        """
        CREATE TABLE entry (
            row INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            namespace TEXT NOT NULL,
            scope BLOB NOT NULL,
            exact_key BLOB NOT NULL,
            folded_key BLOB NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER,
            is_semantic INTEGER NOT NULL,
            embedder TEXT,
            vector_scale REAL,
            vector BLOB,
            model TEXT,
            provider TEXT,
            tenant TEXT,
            user TEXT,
            tags TEXT NOT NULL,
            prompt TEXT NOT NULL,
            prompt_tokens INTEGER,
            completion_tokens INTEGER,
            cached_prompt_tokens INTEGER,
            reasoning_tokens INTEGER,
            is_usage_estimated INTEGER NOT NULL,
            cost_nano_usd INTEGER,
            latency_ms REAL,
            encoding INTEGER NOT NULL,
            response BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX entry_exact ON entry (scope, exact_key, namespace);
        CREATE INDEX entry_expires ON entry (expires) WHERE expires IS NOT NULL;
        CREATE TABLE health (only INTEGER PRIMARY KEY CHECK (only = 1), checked INTEGER NOT NULL) STRICT;
        """,
        """
        CREATE TABLE conversation (
            row INTEGER PRIMARY KEY,
            namespace TEXT NOT NULL,
            tenant TEXT,
            name TEXT NOT NULL,
            user TEXT,
            sequence INTEGER NOT NULL,
            messages INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            expires INTEGER
        ) STRICT;
        CREATE INDEX conversation_name ON conversation (name, namespace);
        CREATE INDEX conversation_user ON conversation (user, namespace, updated);
        CREATE INDEX conversation_expires ON conversation (expires) WHERE expires IS NOT NULL;
        CREATE TABLE turn (
            conversation INTEGER NOT NULL REFERENCES conversation (row) ON DELETE CASCADE,
            sequence INTEGER NOT NULL,
            at INTEGER NOT NULL,
            is_system INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            content BLOB NOT NULL,
            PRIMARY KEY (conversation, sequence)
        ) STRICT, WITHOUT ROWID;
        """,
        """
        CREATE TABLE ledger_key (
            id INTEGER PRIMARY KEY,
            namespace TEXT NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            user TEXT NOT NULL,
            tags TEXT NOT NULL,
            UNIQUE (namespace, model, user, provider, tags)
        ) STRICT;
        CREATE TABLE ledger (
            span INTEGER NOT NULL,
            start INTEGER NOT NULL,
            key INTEGER NOT NULL,
            \((0..<28).map { "c\($0) INTEGER NOT NULL" }.joined(separator: ", ")),
            PRIMARY KEY (span, start, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ledger_reason (
            span INTEGER NOT NULL,
            start INTEGER NOT NULL,
            key INTEGER NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (span, start, key, reason)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ledger_batch (id BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """,
        """
        ALTER TABLE entry ADD COLUMN stale_at INTEGER;
        ALTER TABLE entry ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE entry ADD COLUMN template TEXT;
        ALTER TABLE entry ADD COLUMN depends_on TEXT NOT NULL DEFAULT '[]';
        CREATE TABLE epoch (
            kind TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            value INTEGER NOT NULL,
            PRIMARY KEY (kind, namespace, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE scheduled_invalidation (
            id BLOB PRIMARY KEY,
            at INTEGER NOT NULL,
            request TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE value (
            row INTEGER PRIMARY KEY,
            namespace TEXT NOT NULL,
            name BLOB NOT NULL,
            version INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            tags TEXT NOT NULL,
            encoding INTEGER NOT NULL,
            content BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX value_name ON value (namespace, name);
        CREATE INDEX value_expires ON value (expires);
        CREATE TABLE value_tag (
            tag TEXT NOT NULL,
            namespace TEXT NOT NULL,
            value INTEGER NOT NULL REFERENCES value (row) ON DELETE CASCADE,
            PRIMARY KEY (tag, namespace, value)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX value_tag_value ON value_tag (value);
        """,
        """
        \((28..<32).map { "ALTER TABLE ledger ADD COLUMN c\($0) INTEGER NOT NULL DEFAULT 0;" }.joined(separator: "\n"))
        CREATE TABLE answered (
            row INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            entry BLOB NOT NULL,
            namespace TEXT NOT NULL,
            scope BLOB NOT NULL,
            tenant TEXT,
            is_semantic INTEGER NOT NULL,
            query BLOB NOT NULL,
            probability REAL NOT NULL,
            similarity REAL NOT NULL
        ) STRICT;
        CREATE TABLE evidence (
            row INTEGER PRIMARY KEY,
            id BLOB NOT NULL,
            entry BLOB NOT NULL,
            namespace TEXT NOT NULL,
            scope BLOB NOT NULL,
            tenant TEXT,
            is_semantic INTEGER NOT NULL,
            query BLOB NOT NULL,
            probability REAL NOT NULL,
            similarity REAL NOT NULL,
            verdict TEXT NOT NULL,
            source TEXT NOT NULL,
            served_scope INTEGER NOT NULL,
            served_entry INTEGER NOT NULL,
            at INTEGER NOT NULL,
            note TEXT
        ) STRICT;
        """,
        """
        CREATE TABLE ledger_chunk (
            span INTEGER NOT NULL,
            start INTEGER NOT NULL,
            rows BLOB NOT NULL,
            PRIMARY KEY (span, start)
        ) STRICT;
        CREATE TABLE ledger_subject (
            day INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            namespace TEXT NOT NULL,
            digest INTEGER NOT NULL,
            entry BLOB NOT NULL,
            count INTEGER NOT NULL,
            nano INTEGER NOT NULL,
            PRIMARY KEY (day, kind, namespace, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE rate_slot (
            name TEXT NOT NULL,
            width INTEGER NOT NULL,
            slot INTEGER NOT NULL,
            cost INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            PRIMARY KEY (name, width, slot)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX rate_slot_expires ON rate_slot (expires);
        """,
    ]

    /// Makes the database ready: refuses a file of another program or of a newer version, brings an older one up.
    ///
    /// Two processes may do this at once: the version is read again inside the transaction.
    static func prepare(_ connection: SQLiteConnection, errors: SQLiteErrors) throws(StoreError) {
        let isEmpty = try connection.integer("SELECT count(*) FROM sqlite_schema") == 0
        let owner = try connection.integer("PRAGMA application_id") ?? 0
        if owner != applicationID && !(isEmpty && owner == 0) {
            throw StoreError(
                .failed, "\(errors.location) is the SQLite database of another program; name another path")
        }
        try refuseNewer(connection, errors: errors)
        // Must come before the first table; changes nothing afterwards.
        if isEmpty { try connection.execute("PRAGMA auto_vacuum = INCREMENTAL") }
        try connection.execute("PRAGMA journal_mode = WAL")
        try connection.execute("PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864")
        if try connection.integer("PRAGMA user_version") == version { return }
        try connection.transaction { () throws(StoreError) in
            try refuseNewer(connection, errors: errors)
            let found = Int(try connection.integer("PRAGMA user_version") ?? 0)
            for step in migrations[min(max(found, 0), migrations.count)...] { try connection.execute(step) }
            try connection.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
        }
    }

    private static func refuseNewer(_ connection: SQLiteConnection, errors: SQLiteErrors) throws(StoreError) {
        let found = try connection.integer("PRAGMA user_version") ?? 0
        guard found > version else { return }
        throw StoreError(
            .newerVersion,
            "\(errors.location) was written by a newer Deja (format \(found); this one knows up to \(version)); "
                + "upgrade Deja or name another path")
    }
}
