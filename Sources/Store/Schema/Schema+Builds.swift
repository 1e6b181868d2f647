extension Schema {
    /// The state of a build is its image's, in `resource`.
    static let builds = """
        CREATE TABLE image_build (
            image_id INTEGER PRIMARY KEY REFERENCES resource (id) ON DELETE CASCADE,
            sequence INTEGER NOT NULL UNIQUE, -- place in the queue
            pipeline TEXT, -- its ARN; it may be gone
            is_scheduled INTEGER NOT NULL CHECK (is_scheduled IN (0, 1)),
            request TEXT NOT NULL CHECK (json_type(request) = 'object'),
            queued_at INTEGER NOT NULL,
            started_at INTEGER,
            ended_at INTEGER,
            attempt INTEGER NOT NULL DEFAULT 1,
            claimed_by TEXT,
            lease_ends INTEGER,
            is_cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (is_cancel_requested IN (0, 1)),
            cancel_reason TEXT,
            is_counted INTEGER NOT NULL DEFAULT 0 CHECK (is_counted IN (0, 1)), -- in its pipeline's failures
            CHECK ((claimed_by IS NULL) = (lease_ends IS NULL))
        ) STRICT;
        CREATE INDEX image_build_claims ON image_build (claimed_by) WHERE claimed_by IS NOT NULL;
        -- The queue, and what is at work.
        CREATE INDEX resource_underway ON resource (state)
            WHERE kind = 'image' AND state IN ('PENDING', 'CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING');

        """

    /// Builds of a `kiln build` by hand, which no queue takes or counts.
    static let buildsByHand = """
        ALTER TABLE image_build ADD COLUMN is_by_hand INTEGER NOT NULL DEFAULT 0 CHECK (is_by_hand IN (0, 1));

        """

    static let workflows = """
        CREATE TABLE workflow_execution (
            id TEXT PRIMARY KEY,
            ordinal INTEGER NOT NULL UNIQUE,
            image_id INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
            workflow TEXT NOT NULL, -- its build version's ARN; it may be gone
            type TEXT NOT NULL,
            parallel_group TEXT,
            status TEXT NOT NULL,
            message TEXT,
            is_retried INTEGER NOT NULL DEFAULT 0 CHECK (is_retried IN (0, 1)),
            started_at INTEGER,
            ended_at INTEGER
        ) STRICT;
        CREATE INDEX workflow_execution_by_image ON workflow_execution (image_id, ordinal);

        CREATE TABLE step_execution (
            id TEXT PRIMARY KEY,
            workflow_execution_id TEXT NOT NULL REFERENCES workflow_execution (id) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL, -- in the document
            name TEXT NOT NULL,
            action TEXT NOT NULL,
            description TEXT,
            status TEXT NOT NULL,
            rollback_status TEXT,
            message TEXT,
            inputs TEXT CHECK (inputs IS NULL OR json_valid(inputs)),
            outputs TEXT CHECK (outputs IS NULL OR json_valid(outputs)),
            attempt INTEGER NOT NULL DEFAULT 1,
            maximum_attempts INTEGER NOT NULL,
            started_at INTEGER,
            ended_at INTEGER,
            log_file TEXT,
            waiting_since INTEGER, -- for somebody's answer
            answer TEXT,
            answer_reason TEXT,
            answered_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX step_execution_by_workflow ON step_execution (workflow_execution_id, ordinal);
        CREATE INDEX step_execution_waiting ON step_execution (waiting_since, id)
            WHERE waiting_since IS NOT NULL AND answer IS NULL;

        """
}
