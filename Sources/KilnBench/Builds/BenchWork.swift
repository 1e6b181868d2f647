/// Work that Kiln and its peers do alike: scripts, run one after the other by bash as root, and what shows in an image that
/// they have run.
struct BenchWork: Sendable {
    struct Part: Sendable {
        /// Lower-case letters and digits.
        var name: String
        var script: String
    }

    var parts: [Part]
    /// A guest's script that succeeds where the work is done, for figures with tests.
    var test: String
    /// Commands of guestfish that print the same lines for every side.
    var proof: [String]
    var shows: String

    static let nginx = BenchWork(
        parts: [
            Part(
                name: "nginx",
                script: """
                    set -e
                    export DEBIAN_FRONTEND=noninteractive
                    apt-get -q update
                    apt-get -q -y install nginx
                    systemctl enable nginx
                    """)
        ],
        test: "systemctl is-active nginx",
        proof: ["is-file /usr/sbin/nginx", "is-symlink /etc/systemd/system/multi-user.target.wants/nginx.service"],
        shows: "true\ntrue\n")

    /// Five parts of equal cost, each the digest of as many zeros.
    ///
    /// - Parameters:
    ///   - edition: what the last part leaves in the image; another edition is another script.
    static func five(mebibytes: Int, edition: String) -> BenchWork {
        let parts = (1...5).map { number in
            Part(
                name: "part\(number)",
                script: """
                    set -e
                    mkdir -p /srv/bench
                    head -c \(mebibytes)M /dev/zero | sha256sum >/srv/bench/\(number)
                    echo \(number == 5 ? edition : "part \(number)") >>/srv/bench/\(number)
                    """)
        }
        return BenchWork(
            parts: parts, test: "test -e /srv/bench/5",
            proof: ["tail-n 1 /srv/bench/1", "tail-n 1 /srv/bench/5"], shows: "part 1\n\(edition)\n")
    }
}
