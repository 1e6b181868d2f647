import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage
import Testing

@testable import Guests

/// The first words between Kiln and its program in a guest, with a socket that stands for the guest's end.
@Suite struct GreetingTests {
    /// A guest that answers the greetings of these numbers.
    private final class DeafGuest: Sendable {
        let socket: FilePath
        private let descriptor: Int32
        private let heard = Atomic(0)

        init(answering numbers: Set<Int>) throws {
            socket = FilePath("/tmp/kiln-greeting-\(UInt32.random(in: 0 ..< .max))")
            descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let path = Array(socket.string.utf8)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(bound == 0 && listen(descriptor, 1) == 0)
            Thread.detachNewThread { [self] in serve(numbers) }
        }

        deinit { unlink(socket.string) }

        var greetings: Int { heard.load(ordering: .relaxed) }

        private func serve(_ numbers: Set<Int>) {
            let client = accept(descriptor, nil, nil)
            close(descriptor)
            defer { close(client) }
            // What was on its way from before is no answer.
            _ = Glibc.send(client, [UInt8](repeating: 7, count: 5), 5, Int32(MSG_NOSIGNAL))
            var frame = [UInt8](repeating: 0, count: RunnerFrame.headerLength + 16)
            while recv(client, &frame, frame.count, Int32(MSG_WAITALL)) == frame.count {
                let words = RunnerFrame.words(frame)
                guard words[0] == RunnerFrame.Kind.hello.rawValue else { return }
                let number = heard.add(1, ordering: .relaxed).newValue
                guard numbers.contains(number) else { continue }
                let answer = RunnerFrame(
                    kind: .helloBack, channel: words[1], payload: Array(frame[RunnerFrame.headerLength...])
                ).encoded
                _ = Glibc.send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
            }
        }
    }

    @Test("A greeting whose answer is lost is sent again, and a second answer is nothing to anyone")
    func again() async throws {
        let guest = try DeafGuest(answering: [2, 3])
        let connection = try RunnerConnection(socket: guest.socket.string, guestName: "g", isFollowed: false)
        try await connection.greet(within: .seconds(30))
        #expect(guest.greetings == 2)
        // Another greeting on the same connection has a channel and a number of its own.
        try await connection.send(RunnerFrame(kind: .hello, channel: 99, payload: Array(repeating: 1, count: 16)))
        let (channel, mailbox) = try connection.openChannel()
        await #expect(throws: GuestFailure.self) { try await mailbox.next(within: .milliseconds(200), for: "nothing") }
        connection.closeChannel(channel)
        connection.close(GuestFailure(.cancelled, "the test ends"))
    }

    @Test("A runner that never answers is waited for as long as is said, and no longer")
    func never() async throws {
        let guest = try DeafGuest(answering: [])
        let connection = try RunnerConnection(socket: guest.socket.string, guestName: "g", isFollowed: false)
        let failure = await #expect(throws: GuestFailure.self) {
            try await connection.greet(within: .milliseconds(1200))
        }
        #expect(failure?.code == .timedOut)
        #expect(failure?.message == "the runner in g did not answer within 1.2 s")
        #expect(guest.greetings == 3)
        connection.close(GuestFailure(.cancelled, "the test ends"))
    }
}
