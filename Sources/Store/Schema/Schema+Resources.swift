extension Schema {
    /// A row of `resource` is one build of one version for the kinds that have builds, one version for recipes. Where a kind
    /// has none, the numbers are 0. The document comes last: a list that filters does not read through it.
    ///
    /// `is_newest_build` (of its version) and `is_newest_version` (of its name) are kept by whoever adds and removes rows: a
    /// page of a list then costs what it shows, whatever there is.
    static let resources = """
        CREATE TABLE resource (
            id INTEGER PRIMARY KEY,
            arn TEXT NOT NULL UNIQUE,
            base_arn TEXT NOT NULL, -- without version and build
            kind TEXT NOT NULL,
            owner TEXT NOT NULL,
            name TEXT NOT NULL,
            workflow_type TEXT,
            major INTEGER NOT NULL,
            minor INTEGER NOT NULL,
            patch INTEGER NOT NULL,
            build INTEGER NOT NULL,
            is_newest_build INTEGER NOT NULL DEFAULT 0 CHECK (is_newest_build IN (0, 1)),
            is_newest_version INTEGER NOT NULL DEFAULT 0 CHECK (is_newest_version IN (0, 1)),
            state TEXT,
            state_reason TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            content_digest TEXT NOT NULL,
            policy TEXT,
            document TEXT NOT NULL CHECK (json_type(document) = 'object')
        ) STRICT;
        CREATE UNIQUE INDEX resource_by_version ON resource (base_arn, major, minor, patch, build);
        CREATE INDEX resource_builds ON resource (kind, owner, base_arn, major, minor, patch, build);
        CREATE INDEX resource_versions ON resource (kind, owner, base_arn, major, minor, patch, build)
            WHERE is_newest_build = 1;
        CREATE INDEX resource_names ON resource (kind, owner, base_arn, major, minor, patch, build)
            WHERE is_newest_version = 1;
        CREATE INDEX resource_newest ON resource (base_arn) WHERE is_newest_version = 1;

        -- Numbers of builds that are never given again, for images: logs and events name them.
        CREATE TABLE build_number (
            base_arn TEXT NOT NULL,
            major INTEGER NOT NULL,
            minor INTEGER NOT NULL,
            patch INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (base_arn, major, minor, patch)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE resource_reference (
            resource_id INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            reference TEXT NOT NULL,
            base_arn TEXT NOT NULL, -- of what it refers to
            PRIMARY KEY (resource_id, ordinal)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX resource_reference_by_base ON resource_reference (base_arn);

        CREATE TABLE resource_tag (
            resource_id INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (resource_id, key)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE client_token (
            operation TEXT NOT NULL,
            token TEXT NOT NULL,
            request_digest TEXT NOT NULL,
            answer TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (operation, token)
        ) STRICT;
        CREATE INDEX client_token_by_age ON client_token (created_at);

        CREATE TABLE event (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            time INTEGER NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            image TEXT, -- of what belongs to an image's build
            detail TEXT NOT NULL CHECK (json_type(detail) = 'object')
        ) STRICT;
        CREATE INDEX event_by_subject ON event (subject, sequence);
        CREATE INDEX event_by_image ON event (image, sequence) WHERE image IS NOT NULL;
        CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
        CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are only added'); END;

        """
}
