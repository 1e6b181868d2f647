/// Lets whoever sends many requests at once decide when each may go, and hear how the service takes it.
protocol AttemptPacer: Sendable {
    /// Waits until the next sending may begin; repeated sendings ask too.
    func waitForTurn() async throws
    /// An attempt ended without success.
    ///
    /// - Parameter throttled: the service asked for fewer requests.
    func failed(throttled: Bool)
}

/// Codes that pass by themselves for some time after something was made, before all of a service knows of it.
struct Patience: Sendable {
    var codes: Set<String>
    /// From the first sending of the request.
    var limit: Duration
}
