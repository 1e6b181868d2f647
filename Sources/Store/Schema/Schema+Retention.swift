extension Schema {
    /// Events are only added, but for the oldest, which retention lets go: it says first up to where.
    static let retention = """
        CREATE TABLE event_bound (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            below INTEGER NOT NULL -- events with smaller numbers may be removed
        ) STRICT;
        INSERT INTO event_bound (id, below) VALUES (1, 0);
        DROP TRIGGER event_is_kept;
        CREATE TRIGGER event_is_kept BEFORE DELETE ON event
            WHEN OLD.sequence >= coalesce((SELECT below FROM event_bound WHERE id = 1), 0)
            BEGIN SELECT RAISE(ABORT, 'events are only added'); END;

        """

    /// Which images are the same file: a build that finds nothing changed has the one that was there.
    static let imageFiles = """
        CREATE INDEX resource_by_file ON resource (json_extract(document, '$.kiln.image')) WHERE kind = 'image';

        """

    /// What somebody works at: looked for once a second.
    static let begunLifecycles = """
        CREATE INDEX lifecycle_execution_begun ON lifecycle_execution (ordinal)
            WHERE status IN ('IN_PROGRESS', 'CANCELLING');

        """
}
