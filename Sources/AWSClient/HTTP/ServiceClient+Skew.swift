import FoundationEssentials
import Synchronization

extension ServiceClient {
    /// - Returns: whether the refusal was about the time, and the service has told which time it is.
    func learnSkew(from answer: HTTPAnswer, _ document: ServiceErrorDocument) -> Bool {
        guard let date = answer[header: "date"].flatMap(UTC.parseHTTPDate) else { return false }
        let ahead = date.timeIntervalSince(clock.now())
        let isOff = abs(ahead - skew.withLock { $0 }) > Self.tolerance
        guard Self.skewed.contains(document.code) || (isOff && Self.maybeSkewed.contains(document.code)) else {
            return false
        }
        skew.withLock { $0 = ahead }
        return true
    }

    /// Seconds; AWS takes signatures that are five minutes off.
    private static let tolerance = 240.0
    private static let skewed: Set<String> = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"]
    /// What services other than S3 say of a signature from another time, and of a wrong one as well.
    private static let maybeSkewed: Set<String> = [
        "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "IncompleteSignature",
    ]
}
