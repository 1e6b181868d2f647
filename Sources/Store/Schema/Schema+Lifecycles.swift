extension Schema {
    static let lifecycles = """
        CREATE TABLE lifecycle_execution (
            id TEXT PRIMARY KEY,
            ordinal INTEGER NOT NULL UNIQUE,
            resource TEXT NOT NULL, -- the ARN of a policy or an image; it may be gone
            status TEXT NOT NULL,
            reason TEXT,
            request TEXT NOT NULL CHECK (json_type(request) = 'object'),
            due_at INTEGER,
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            ended_at INTEGER
        ) STRICT;
        CREATE INDEX lifecycle_execution_by_resource ON lifecycle_execution (resource, ordinal);
        CREATE INDEX lifecycle_execution_pending ON lifecycle_execution (due_at) WHERE status = 'PENDING';

        CREATE TABLE lifecycle_resource (
            ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
            lifecycle_execution_id TEXT NOT NULL REFERENCES lifecycle_execution (id) ON DELETE CASCADE,
            resource TEXT NOT NULL,
            parent TEXT,
            document TEXT NOT NULL CHECK (json_type(document) = 'object'),
            UNIQUE (lifecycle_execution_id, resource)
        ) STRICT;
        CREATE INDEX lifecycle_resource_by_parent ON lifecycle_resource (lifecycle_execution_id, parent, ordinal);

        CREATE TABLE pipeline_run (
            pipeline_id INTEGER PRIMARY KEY REFERENCES resource (id) ON DELETE CASCADE,
            next_run INTEGER,
            last_run INTEGER,
            last_image TEXT,
            consecutive_failures INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX pipeline_run_due ON pipeline_run (next_run) WHERE next_run IS NOT NULL;

        """

    /// What is sealed can be opened with the key beside the database alone.
    static let secrets = """
        CREATE TABLE api_key (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            rights TEXT NOT NULL,
            sealed_secret BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) STRICT;

        CREATE TABLE sealed_value (
            scope TEXT NOT NULL,
            name TEXT NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (scope, name)
        ) STRICT, WITHOUT ROWID;

        """
}
