import ArgumentParser

/// The options of the component runner's `run` (user guide, cmd-run), with its names and short forms.
struct RunnerOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "The documents to run, separated by commas: paths, s3:// addresses, ARNs of components of --template.")
    var documents: [String] = []

    @Option(name: .shortAndLong, help: "A JSON file with these settings and the documents, or its s3:// address.")
    var config: String?

    @Option(name: .shortAndLong, help: "The phases to run, separated by commas (default: all of each document).")
    var phases: String?

    @Option(help: "Values for the documents' parameters: NAME=VALUE,NAME=VALUE…; may be repeated.")
    var parameters: [String] = []

    @Option(name: .shortAndLong, help: "The folder for the run's log folder (default: the working folder).")
    var logDirectory: String?

    @Option(name: [.customShort("b"), .long], help: "A bucket that gets the log folder too.")
    var logS3BucketName: String?

    @Option(name: [.customShort("k"), .long], help: "What the keys of the logs begin with.")
    var logS3KeyPrefix: String?

    @Option(help: "The account that has to own the logs' bucket.")
    var logS3BucketOwner: String?

    @Option(help: "The account that has to own the buckets of documents.")
    var documentS3BucketOwner: String?

    @Option(name: [.customShort("i"), .long], help: "The run's ID, in its results and file names (default: new).")
    var executionID: String?

    @Flag(name: .shortAndLong, help: "Shows the application log too.")
    var trace = false

    @Option(help: "Actions that no document may have, separated by commas.")
    var blockedActionModules: String?

    @Option(name: .shortAndLong, help: "Taken for the runner's sake: Kiln itself goes on after a guest's reboot.")
    var stateDirectory: String?

    @Option(help: "Taken for the runner's sake, as the other --cw- options: nothing is sent to CloudWatch Logs.")
    var cwLogGroup: String?

    @Option(help: .hidden) var cwLogStream: String?
    @Option(help: .hidden) var cwLogRegion: String?
    @Flag(help: .hidden) var cwIgnoreFailures = false

    @Flag(name: .customShort("v"), help: "Show the version.")
    var showVersion = false
}
