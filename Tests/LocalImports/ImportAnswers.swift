import AWSClient

/// The service's answers, by the element names of EC2's query protocol.
enum ImportAnswers {
    static func begun(_ task: ImportRecord) -> String {
        let operation = task.kind == .snapshot ? "ImportSnapshot" : "ImportImage"
        return response(operation, body(of: task))
    }

    static func tasks(_ tasks: [ImportRecord], _ kind: ImportRecord.Kind) -> String {
        let (operation, set) =
            kind == .snapshot
            ? ("DescribeImportSnapshotTasks", "importSnapshotTaskSet")
            : ("DescribeImportImageTasks", "importImageTaskSet")
        let items = tasks.map { task in
            // Of a task, and not of the answer that begins it.
            element("item", body(of: task) + (kind == .image ? text("bootMode", task.form["BootMode"]) : ""))
        }
        return response(operation, element(set, items.joined()))
    }

    static func cancelled(_ id: String, before: String, after: String) -> String {
        response("CancelImportTask", text("importTaskId", id) + text("state", after) + text("previousState", before))
    }

    static func refusal(_ refusal: LocalImports.Refusal) -> String {
        let error = element("Error", text("Code", refusal.code) + text("Message", refusal.message))
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + element("Response", element("Errors", error) + text("RequestID", "kiln-imports"))
    }

    private static func response(_ operation: String, _ body: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <\(operation)Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">\(text("requestId", "kiln-imports"))\
        \(body)</\(operation)Response>
        """
    }

    private static func body(of task: ImportRecord) -> String {
        let shared = text("importTaskId", task.id) + text("description", task.form["Description"])
        let tags = task.tags.sorted { $0.key < $1.key }.map {
            element("item", text("key", $0.key) + text("value", $0.value))
        }
        let tagSet = element("tagSet", tags.joined())
        switch task.kind {
        case .snapshot:
            let disk = task.disks.map { details(of: $0) }.joined()
            return shared
                + element("snapshotTaskDetail", text("description", task.form["Description"]) + disk + state(of: task))
                + tagSet
        case .image:
            let disks = task.disks.enumerated().map { at, disk in
                element(
                    "item",
                    text("description", disk.description) + text("deviceName", ImportWork.device(at))
                        + details(of: disk) + text("status", disk.snapshotID == nil ? "active" : "completed"))
            }
            return shared + text("architecture", task.form["Architecture"] ?? "x86_64")
                + text("platform", task.form["Platform"]) + text("licenseType", task.form["LicenseType"])
                + text("imageId", task.imageID) + element("snapshotDetailSet", disks.joined()) + state(of: task)
                + tagSet
        }
    }

    private static func details(of disk: ImportRecord.Disk) -> String {
        // A double, also where it is whole.
        text("diskImageSize", "\(Double(disk.size))") + text("format", disk.format)
            + text("snapshotId", disk.snapshotID)
            + element("userBucket", text("s3Bucket", disk.location.bucket) + text("s3Key", disk.location.key))
    }

    /// Progress is of a task that is at work; one that is complete has no message either.
    private static func state(of task: ImportRecord) -> String {
        let told: String
        switch task.status {
        case .active(let stage): told = text("progress", "\(stage.progress)") + text("statusMessage", stage.rawValue)
        case .completed: told = ""
        case .deleted(let reason): told = text("statusMessage", reason)
        }
        return text("status", task.status.word) + told + text("encrypted", "\(task.isEncrypted)")
            + text("kmsKeyId", task.form["KmsKeyId"])
    }

    private static func element(_ name: String, _ content: String) -> String { "<\(name)>\(content)</\(name)>" }

    /// Nothing where there is none.
    private static func text(_ name: String, _ value: String?) -> String {
        guard let value else { return "" }
        let escaped = value.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return element(name, escaped)
    }
}
